import { eventually, runSql } from '@catwalk/testkit';
import { afterAll, expect, it } from 'vitest';
import { type AppProcess, startApp } from './app-process.js';
import { expectBilledOnce } from './expect-bill.js';
import { countByStatus, postTryOns, untilAllEnded } from './jobs.js';
import { seededRandom } from './seeded-random.js';
import { type System, startSystem } from './start-system.js';

const jobs = 500;
const kills = 20;

let system: System | undefined;
let worker: AppProcess | undefined;
afterAll(async () => {
  worker?.signal('SIGKILL');
  await worker?.ended();
  await system?.close();
});

it('a worker killed 20 times amid 500 jobs leaves none behind, bills none twice, and gives every slot back', {
  timeout: 300_000,
}, async () => {
  system = await startSystem({
    worker: false,
    simulator: {
      seed: 'twenty kills',
      dials: { delayMs: 300, answerDelayMs: 120, pictures: 'placeholder', lostCallbackRate: 0.05 },
    },
    // The deadline leaves room for the proof that a submit never arrived, which sends it again.
    env: { SUBMIT_TIMEOUT_MS: '1000', UNCONFIRMED_GRACE_MS: '8000', JOB_DEADLINE_MS: '60000' },
  });
  const { simulator, databaseUrl, env } = system;
  await postTryOns(system, jobs);

  const random = seededRandom(20);
  let killedOnTheWire = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    const target = simulator.bill().accepted + 1 + Math.floor(random() * 20);
    worker = startApp('worker', env);
    await eventually(() => expect(simulator.bill().accepted).toBeGreaterThanOrEqual(target), {
      intervalMs: 1 + Math.floor(random() * 100),
      timeoutMs: 60_000,
    });
    worker.signal('SIGKILL');
    expect(await worker.ended()).toMatchObject({ signal: 'SIGKILL' });
    if (await anySubmitOnTheWire(system)) killedOnTheWire += 1;
  }
  expect(killedOnTheWire).toBeGreaterThanOrEqual(5);

  worker = startApp('worker', env);
  await untilAllEnded(system, databaseUrl, { timeoutMs: 90_000 });
  await eventually(() => expect(simulator.idle().idle).toBe(true));
  const bill = simulator.bill();
  expectBilledOnce(bill);
  const counts = await countByStatus(databaseUrl);
  expect((counts.succeeded ?? 0) + (counts.failed ?? 0)).toBe(jobs);
  expect(counts.succeeded).toBeGreaterThanOrEqual(bill.succeeded);
  const reasons = await runSql<{ code: string }>(
    databaseUrl,
    `SELECT DISTINCT error->>'code' AS code FROM catwalk.try_on WHERE status = 'failed'`,
  );
  for (const { code } of reasons) expect(code).toBe('submission_unconfirmed');
});

/** Whether the provider has a task whose submit the killed worker has not written an answer of. */
async function anySubmitOnTheWire({ databaseUrl, simulator }: System): Promise<boolean> {
  const sending = await runSql<{ replyRef: string }>(
    databaseUrl,
    `SELECT reply_ref AS "replyRef" FROM catwalk.attempt WHERE state = 'sending'`,
  );
  const { byReplyRef } = simulator.bill();
  return sending.some(({ replyRef }) => byReplyRef[replyRef] !== undefined);
}
