import { keepGarbageYoung } from '@catwalk/infra/process';
import { serveAcceptCeiling } from './contenders/accept-ceiling.js';
import { serveAcceptNaive } from './contenders/accept-naive.js';
import { serveApi } from './contenders/api.js';
import { serveCallbackBatched } from './contenders/callback-batched.js';
import { serveCallbackCeiling } from './contenders/callback-ceiling.js';
import { serveCallbackNaive } from './contenders/callback-naive.js';
import { serveCallbackVerified } from './contenders/callback-verified.js';
import { serveSimulator } from './contenders/simulator.js';
import { serveSlotsNaive } from './contenders/slots-naive.js';
import { serveWebhook } from './contenders/webhook.js';
import { serveWorker } from './contenders/worker.js';

/** A server under test; told where it listens, and how it is ended. */
export interface ServedContender {
  readonly port: number;
  /** What it has to tell at the end, if anything. */
  report?(): unknown;
  close(): Promise<void>;
}

const contenders: Readonly<Record<string, () => Promise<ServedContender>>> = {
  'callback-ceiling': serveCallbackCeiling,
  'callback-verified': serveCallbackVerified,
  'callback-batched': serveCallbackBatched,
  'callback-naive': serveCallbackNaive,
  webhook: serveWebhook,
  'accept-ceiling': serveAcceptCeiling,
  'accept-naive': serveAcceptNaive,
  api: serveApi,
  simulator: serveSimulator,
  worker: serveWorker,
  'slots-naive': serveSlotsNaive,
};

// tsx turns source maps on, which makes every stack trace dear; the product runs without.
process.setSourceMapsEnabled(false);
// As the product's processes do.
keepGarbageYoung();
const started = contenders[process.argv[2] ?? '']?.();
if (started === undefined) throw new Error(`there is no contender ${process.argv[2]}`);

process.on('message', async (question) => {
  if (question === 'port') process.send?.((await started).port);
  if (question === 'cpu') process.send?.(cpuMs());
  if (question === 'report') process.send?.((await started).report?.() ?? null);
  if (question === 'stop') {
    await (await started).close();
    process.exit(0);
  }
});
process.on('disconnect', () => process.exit(1));

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
