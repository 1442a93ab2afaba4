import { runApp } from '@catwalk/infra/process';
import { configFromEnv } from './config.js';
import { contextFromConfig } from './context.js';
import { createWorker } from './workers.js';

await runApp('worker', async () => createWorker(await contextFromConfig(configFromEnv(process.env))));
