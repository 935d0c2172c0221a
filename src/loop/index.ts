export * from './identity.js'
export * from './licences.js'
export * from './stage.js'
