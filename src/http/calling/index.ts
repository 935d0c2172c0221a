export { basicAuthorization, type HttpLogin } from './login.js'
export * from './poster.js'
