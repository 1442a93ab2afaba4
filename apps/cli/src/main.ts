import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { runCli } from './run-cli.js';
import { EXIT } from './session.js';

/** `catwalk …` */
const stopping = new AbortController();
// Every picture on the wire listens to it.
setMaxListeners(0, stopping.signal);
/** npx passes on what the terminal has sent to everyone already. */
const ECHO_MS = 1_000;
let asked = Number.POSITIVE_INFINITY;
/** The first asks to stop, a later one does not wait. */
const interrupt = () => {
  if (performance.now() - asked > ECHO_MS) process.exit(EXIT.interrupted);
  asked = Math.min(asked, performance.now());
  stopping.abort();
};
process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);
// Whoever reads our output may stop to: `catwalk list | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.fine);
});

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
process.exitCode = await runCli(process.argv.slice(2), version, {
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stopping.signal,
  interrupt,
});
