export * from './envelope.js'
export * from './errors.js'
export * from './remote-errors.js'
export type { Transport, TransportReply } from './transport.js'
