import { keepGarbageYoung } from '@catwalk/infra/process';

/** A server under test; told where it listens, and how it is ended. */
export interface ServedContender {
  readonly port: number;
  /** What it has to tell at the end, if anything. */
  report?(): unknown;
  close(): Promise<void>;
}

// Each loads only what it runs: its memory is measured.
const contenders: Readonly<Record<string, () => Promise<ServedContender>>> = {
  'callback-ceiling': async () => (await import('./contenders/callback-ceiling.js')).serveCallbackCeiling(),
  'callback-verified': async () =>
    (await import('./contenders/callback-verified.js')).serveCallbackVerified(),
  'callback-batched': async () => (await import('./contenders/callback-batched.js')).serveCallbackBatched(),
  'callback-naive': async () => (await import('./contenders/callback-naive.js')).serveCallbackNaive(),
  webhook: async () => (await import('./contenders/webhook.js')).serveWebhook(),
  'accept-ceiling': async () => (await import('./contenders/accept-ceiling.js')).serveAcceptCeiling(),
  'accept-naive': async () => (await import('./contenders/accept-naive.js')).serveAcceptNaive(),
  api: async () => (await import('./contenders/api.js')).serveApi(),
  simulator: async () => (await import('./contenders/simulator.js')).serveSimulator(),
  worker: async () => (await import('./contenders/worker.js')).serveWorker(),
  receiver: async () => (await import('./contenders/receiver.js')).serveReceiver(),
  'event-follower': async () => (await import('./contenders/event-follower.js')).serveEventFollower(),
  'slots-naive': async () => (await import('./contenders/slots-naive.js')).serveSlotsNaive(),
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
