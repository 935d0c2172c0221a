export type { Transport, TransportReply } from './transport.js'
export * from './remote-errors.js'
