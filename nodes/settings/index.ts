/*
 * The settings of every node as they stand in a flow, a file for each: names, defaults and rules. Names are for ever:
 * they are in users' flows. Numbers are texts here, because `${ENV}` may stand for one until the flow starts.
 */
export * from './address.js'
export * from './defaults.js'
export * from './guard.js'
export * from './guard-rules.js'
export * from './in.js'
export * from './out.js'
export * from './parser.js'
export * from './peer.js'
export * from './peer-numbers.js'
export * from './plan.js'
export * from './register.js'
export * from './response.js'
export * from './rules.js'
export * from './service.js'
export * from './setting-values.js'
export * from './simulator.js'
export * from './store.js'
export * from './watch.js'
