export { configFromEnv, type WorkerConfig } from './config.js';
export { contextFromConfig, type WorkerContext } from './context.js';
export { createWorker, type WorkerApp } from './workers.js';
