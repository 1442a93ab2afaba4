import { callbackAddress } from '@catwalk/provider';
import { eventually, runSql } from '@catwalk/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { type AppProcess, startApp } from './app-process.js';
import { createClient } from './create-client.js';
import { expectBilledOnce } from './expect-bill.js';
import { postTryOns, tryOnNumber, untilAllEnded } from './jobs.js';
import { callbackSecret } from './settings.js';
import { type System, startSystem } from './start-system.js';

const running: AppProcess[] = [];
const systems: System[] = [];
afterAll(async () => {
  for (const app of running) app.signal('SIGKILL');
  await Promise.all(running.map((app) => app.ended()));
  for (const system of systems) await system.close();
});

async function startBeside(name: string, system: System): Promise<{ app: AppProcess; url: string }> {
  const app = startApp(name, system.env);
  running.push(app);
  await app.untilSaid(`"${name}.started"`);
  const line =
    app
      .output()
      .split('\n')
      .find((one) => one.includes(`"${name}.started"`)) ?? '{}';
  return { app, url: String(JSON.parse(line).url) };
}

/** Does something again and again, some at a time, until it is refused. */
async function doUntilRefused(act: () => Promise<boolean>): Promise<void> {
  const one = async () => {
    while (await act().catch(() => false));
  };
  await Promise.all(Array.from({ length: 12 }, one));
}

async function expectToStop(app: AppProcess, load: Promise<unknown>): Promise<void> {
  app.signal('SIGTERM');
  expect(await app.ended()).toMatchObject({ code: 0 });
  await load;
}

describe('SIGTERM under load', { timeout: 90_000 }, () => {
  it('stops the API with exit code 0: every job it answered 202 for is stored', async () => {
    const system = await startSystem({ worker: false });
    systems.push(system);
    const { app, url } = await startBeside('api', system);
    const client = createClient(url);
    const accepted: string[] = [];
    const load = doUntilRefused(async () => {
      const { status, body } = await client.post('/v1/try-ons', tryOnNumber(accepted.length));
      if (status === 202) accepted.push(body.id);
      return status === 202;
    });
    await eventually(() => expect(accepted.length).toBeGreaterThan(100));

    await expectToStop(app, load);

    const [stored] = await runSql<{ n: number }>(
      system.databaseUrl,
      'SELECT count(*)::int AS n FROM catwalk.try_on WHERE id = ANY($1)',
      [accepted],
    );
    expect(stored?.n).toBe(accepted.length);
  });

  it('stops the webhook app with exit code 0: every callback it answered 200 for is stored', async () => {
    const system = await startSystem({ worker: false });
    systems.push(system);
    const { app, url } = await startBeside('webhook', system);
    const answered: string[] = [];
    let next = 0;
    const load = doUntilRefused(async () => {
      next += 1;
      const ref = `att_${next}`;
      const to = callbackAddress(url, 'sandbox', ref, callbackSecret);
      const body = JSON.stringify({ status_name: 'processing', status_final: false });
      const answer = await fetch(to, { method: 'POST', body });
      if (answer.status === 200) answered.push(ref);
      return answer.status === 200;
    });
    await eventually(() => expect(answered.length).toBeGreaterThan(100));

    await expectToStop(app, load);

    const [stored] = await runSql<{ n: number }>(
      system.databaseUrl,
      'SELECT count(*)::int AS n FROM catwalk.callback WHERE reply_ref = ANY($1)',
      [answered],
    );
    expect(stored?.n).toBe(answered.length);
  });

  it('stops the worker with exit code 0, within 10 s: submits that take 5 s are waited for, none is lost', async () => {
    const system = await startSystem({
      worker: false,
      env: { SUBMIT_TIMEOUT_MS: '20000', JOB_DEADLINE_MS: '60000' },
      simulator: { dials: { answerDelayMs: 5_000, delayMs: 100, pictures: 'placeholder' } },
    });
    systems.push(system);
    await postTryOns(system, 30);
    const { app } = await startBeside('worker', system);
    await eventually(() => expect(system.simulator.bill().accepted).toBeGreaterThan(10));

    const startedAt = performance.now();
    await expectToStop(app, Promise.resolve());

    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(await countAttempts(system, ['sending', 'unknown'])).toBe(0);
    system.simulator.turnDials({ answerDelayMs: 0 });
    const { app: next } = await startBeside('worker', system);
    await untilAllEnded(system, system.databaseUrl, { timeoutMs: 40_000 });
    expectBilledOnce(system.simulator.bill());
    expect(system.simulator.bill().accepted).toBe(30);
    await expectToStop(next, Promise.resolve());
  });

  it('a second one ends the process at once, also within the same second', async () => {
    const system = await startSystem({
      worker: false,
      env: { SUBMIT_TIMEOUT_MS: '20000' },
      simulator: { dials: { answerDelayMs: 15_000 } },
    });
    systems.push(system);
    await postTryOns(system, 1);
    const { app } = await startBeside('worker', system);
    // On the wire: a claim that was not sent yet would let the worker end by itself.
    await eventually(() => expect(system.simulator.bill().accepted).toBe(1));

    const startedAt = performance.now();
    // Two that come before the first is seen are one: so again, until it is over.
    await eventually(() => {
      app.signal('SIGTERM');
      expect(app.child.exitCode).toBe(1);
    });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

async function countAttempts({ databaseUrl }: System, states: readonly string[]): Promise<number> {
  const [row] = await runSql<{ n: number }>(
    databaseUrl,
    'SELECT count(*)::int AS n FROM catwalk.attempt WHERE state = ANY($1)',
    [states],
  );
  return row?.n ?? 0;
}
