export { createWebhook, type WebhookApp } from './app.js';
export { countConnections } from './check-start.js';
export { configFromEnv, type WebhookConfig } from './config.js';
export { contextFromConfig, type WebhookContext } from './context.js';
