export * from './delivery.js'
export * from './direct.js'
export * from './outcome.js'
