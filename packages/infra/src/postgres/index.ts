export { diffSchema } from './diff-schema.js';
export { DatabaseRefusedError, migrate } from './migrate.js';
export { poolConfig } from './pool-config.js';
