import { eventually, runSql } from '@catwalk/testkit';
import { afterAll, expect, it } from 'vitest';
import { postTryOns, untilAllEnded } from './jobs.js';
import { type System, startSystem } from './start-system.js';

let system: System | undefined;
afterAll(() => system?.close());

const callbacksOf = async ({ get }: System) => (await get('/v1/status')).body.callbacks;
const tellings = ({ lines }: System) => lines.filter((line) => line.includes('"callbacks.silent"'));

it('callbacks that do not come are told once, with what to check, and their return is seen', {
  timeout: 60_000,
}, async () => {
  system = await startSystem({
    simulator: { seed: 'silence', dials: { delayMs: 50, pictures: 'placeholder', lostCallbackRate: 1 } },
    env: { CALLBACK_GRACE_MS: '600' },
  });
  const { databaseUrl, simulator } = system;
  expect(await callbacksOf(system)).toMatchObject({ state: 'unproven', lastReceivedAt: null });

  const silent = system;
  await postTryOns(silent, 4);
  await untilAllEnded(silent, databaseUrl, { timeoutMs: 20_000 });
  await eventually(async () => {
    expect(await callbacksOf(silent)).toMatchObject({
      state: 'silent',
      receivedLastHour: 0,
      polledLastHour: 4,
    });
    expect(tellings(silent)).toHaveLength(1);
  });
  expect(JSON.parse(tellings(silent)[0] ?? '{}')).toMatchObject({
    level: 'warn',
    msg: 'callbacks.silent',
    check: expect.stringMatching(/PUBLIC_WEBHOOK_URL.*proxy.*CALLBACK_SECRET/),
  });
  const events = await runSql<{ tryOnId: string }>(
    databaseUrl,
    `SELECT try_on_id AS "tryOnId" FROM catwalk.event WHERE kind = 'callbacks.silent'`,
  );
  expect(events).toHaveLength(1);
  const timeline = (await silent.get(`/v1/try-ons/${events[0]?.tryOnId}/timeline`)).body.data;
  expect(timeline.map((entry: { kind: string }) => entry.kind)).toContain('callbacks.silent');

  simulator.turnDials({ lostCallbackRate: 0 });
  await postTryOns(silent, 1);
  await eventually(async () => {
    expect(await callbacksOf(silent)).toMatchObject({ state: 'ok', receivedLastHour: 1 });
    expect(silent.lines.some((line) => line.includes('"callbacks.resumed"'))).toBe(true);
  });
  expect(tellings(silent)).toHaveLength(1);
});
