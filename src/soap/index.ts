export * from './answer.js'
export * from './envelope.js'
export * from './errors.js'
export * from './wsdl.js'
