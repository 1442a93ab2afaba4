export { countConnections } from './check-start.js';
export { type ApiConfig, configFromEnv } from './config.js';
export { type ApiContext, type ApiOverrides, type Carrier, contextFromConfig } from './context.js';
export { createApi, type RunnableApi } from './create-api.js';
