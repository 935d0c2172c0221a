export * from './errors.js'
export * from './poster.js'
