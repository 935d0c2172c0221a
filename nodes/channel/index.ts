export { CHANNEL, runChannel, type RunningChannel, type SavedChannel } from './channel.js'
