import { runApp } from '@catwalk/infra/process';
import { createWebhook } from './app.js';
import { configFromEnv } from './config.js';
import { contextFromConfig } from './context.js';

await runApp('webhook', async () => createWebhook(await contextFromConfig(configFromEnv(process.env))));
