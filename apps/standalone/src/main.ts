import { parseArgs } from 'node:util';
import { explainStartFailure, keepGarbageYoung, stopOnSignals } from '@catwalk/infra/process';
import { configFromEnv } from './config.js';
import { runStandalone } from './run-standalone.js';

/** `npm start`: everything in one process. */
/** npm passes on what the terminal has sent to everyone already. */
const NPM_ECHO_MS = 1_000;
const USAGE = 'usage: npm start -- [--no-sample] [--once]';

keepGarbageYoung();
try {
  const { values } = parseArgs({
    options: { 'no-sample': { type: 'boolean' }, once: { type: 'boolean' } },
    strict: true,
  });
  const options = { sample: values['no-sample'] !== true, once: values.once === true };
  const run = runStandalone(configFromEnv(process.env), options);
  stopOnSignals({ stop: () => run.stop(), echoMs: NPM_ECHO_MS });
  const exitCode = await run.ended;
  if (exitCode !== null) process.exit(exitCode);
} catch (error) {
  const isUsage = (error as { code?: unknown }).code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION';
  console.error(isUsage ? USAGE : explainStartFailure('catwalk', error));
  process.exit(1);
}
