import { eventually, runSql } from '@catwalk/testkit';
import { afterAll, expect, it } from 'vitest';
import { type AppProcess, startApp } from './app-process.js';
import { type System, startSystem } from './start-system.js';

const running: AppProcess[] = [];
let system: System | null = null;
afterAll(async () => {
  for (const app of running) app.signal('SIGKILL');
  await Promise.all(running.map((app) => app.ended()));
  await system?.close();
});

const LINES = 20_000;
const body = Array.from({ length: LINES }, (_, n) =>
  JSON.stringify({
    humanImage: `https://pictures.example/p${n}.jpg`,
    dressInput: 'https://pictures.example/d.jpg',
    customId: `sku-${n}`,
  }),
).join('\n');

async function startApi(env: System['env']): Promise<{ app: AppProcess; url: string }> {
  const app = startApp('api', env);
  running.push(app);
  await app.untilSaid('"api.started"');
  const said = app.output().split('\n');
  const started = said.find((line) => line.includes('"api.started"')) ?? '{}';
  return { app, url: String(JSON.parse(started).url) };
}

const upload = (url: string) =>
  fetch(`${url}/v1/batches`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': 'catalogue' },
    body,
  });

it('an upload whose API is killed in the middle is completed by sending it again: one batch, each line once', async () => {
  system = await startSystem({ worker: false });
  const { databaseUrl, env } = system;
  const count = async () =>
    (await runSql<{ n: number }>(databaseUrl, 'SELECT count(*)::int AS n FROM catwalk.batch_chunk'))[0]?.n ??
    0;
  const first = await startApi(env);
  const broken = upload(first.url).then(
    ({ status }) => status,
    () => null,
  );
  await eventually(async () => expect(await count()).toBeGreaterThan(2), { intervalMs: 1 });
  first.app.signal('SIGKILL');
  expect(await broken).toBeNull();
  expect(await count()).toBeLessThan(LINES / 1_000);

  const { url } = await startApi(env);
  const told: string[] = [];
  const answer = await eventually(
    async () => {
      const one = await upload(url);
      if (one.status === 409) told.push(String(((await one.json()) as { code: string }).code));
      expect(one.status).toBe(202);
      return one.json();
    },
    { timeoutMs: 20_000, intervalMs: 500 },
  );
  // As long as the process that was killed may still live.
  expect(new Set(told)).toEqual(new Set(['upload_in_progress']));
  expect(answer).toMatchObject({ state: 'running', total: LINES });
  const [stored] = await runSql(
    databaseUrl,
    `SELECT count(*)::int AS jobs, count(DISTINCT batch_line)::int AS lines, count(DISTINCT batch_id)::int AS batches,
       (SELECT count(*)::int FROM catwalk.event) AS events, (SELECT count(*)::int FROM catwalk.batch) AS all_batches
     FROM catwalk.try_on`,
  );
  expect(stored).toEqual({ jobs: LINES, lines: LINES, batches: 1, events: LINES, all_batches: 1 });
});
