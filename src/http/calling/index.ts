export * from './poster.js'
