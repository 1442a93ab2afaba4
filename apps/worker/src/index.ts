export { countConnections } from './check-start.js';
export { configFromEnv, type WorkerConfig } from './config.js';
export { contextFromConfig, type WorkerContext } from './context.js';
export { diagnose } from './diagnose.js';
export { createWorker, type WorkerApp } from './workers.js';
