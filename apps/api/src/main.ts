import { runApp } from '@catwalk/infra/process';
import { configFromEnv } from './config.js';
import { contextFromConfig } from './context.js';
import { createApi } from './create-api.js';

await runApp('api', async () => createApi(contextFromConfig(configFromEnv(process.env))));
