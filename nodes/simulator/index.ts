export { serveSimulatorButton, simulateBy } from './simulator.js'
