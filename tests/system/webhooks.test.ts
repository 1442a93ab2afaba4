import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describeOnEachBackend, eventually, type Receiver, runSql, startReceiver } from '@catwalk/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AppProcess, startApp, startProcess } from './app-process.js';
import { postTryOns } from './jobs.js';
import { type System, startSystem } from './start-system.js';

describeOnEachBackend('a worker killed while it sends', ({ redisUrl }) => {
  let system: System;
  let receiver: Receiver;
  let worker: AppProcess | undefined;
  beforeAll(async () => {
    receiver = await startReceiver();
    system = await startSystem({ redisUrl, worker: false, env: { ALLOW_PRIVATE_ADDRESSES: 'on' } });
  }, 60_000);
  afterAll(async () => {
    worker?.signal('SIGKILL');
    await worker?.ended();
    await receiver.close();
    await system.close();
  });

  it('loses no delivery: each arrives, again under its webhook-id', { timeout: 90_000 }, async () => {
    const { env, databaseUrl } = system;
    await makeEndpoint(system, receiver.url, ['try_on.queued']);
    const hanging: ServerResponse[] = [];
    receiver.answer((response) => hanging.push(response));
    await postTryOns(system, 20);
    worker = startApp('worker', env);
    await eventually(() => expect(receiver.received).toHaveLength(20), { timeoutMs: 30_000 });
    worker.signal('SIGKILL');
    await worker.ended();
    // Twenty seconds later than it would be.
    await runSql(
      databaseUrl,
      `UPDATE catwalk.delivery SET sending_until = now() WHERE sending_until IS NOT NULL`,
    );
    receiver.answer((response) => response.end());
    for (const response of hanging) response.destroy();
    worker = startApp('worker', env);
    await eventually(
      async () =>
        expect(await runSql(databaseUrl, 'SELECT DISTINCT state FROM catwalk.delivery')).toEqual([
          { state: 'delivered' },
        ]),
      { timeoutMs: 30_000 },
    );
    const times = new Map<unknown, number>();
    for (const { headers } of receiver.received)
      times.set(headers['webhook-id'], (times.get(headers['webhook-id']) ?? 0) + 1);
    expect([times.size, new Set(times.values())]).toEqual([20, new Set([2])]);
  });
});

describe('the examples of docs/webhooks.md', () => {
  const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
  const body = JSON.stringify({ type: 'try_on.succeeded', tryOnId: 'try_größe', batchId: null });
  const hasPython = spawnSync('python3', ['--version']).status === 0;

  it.for([
    ['Node.js', process.execPath, 'docs/examples/receive-webhook.mjs'],
    ['Python', 'python3', 'docs/examples/receive_webhook.py'],
  ] as const)(
    'in %s take what is signed, once, and nothing else',
    async ([what, program, file], { skip }) => {
      if (what === 'Python' && !hasPython) skip('there is no python3 on this machine');
      const port = await freePort();
      const env = {
        PORT: String(port),
        WEBHOOK_SECRET: `whsec_${Buffer.alloc(32).toString('base64')} ${secret}`,
      };
      const example = startProcess(program, [file], env);
      try {
        await example.untilSaid('listening');
        const now = Math.floor(Date.now() / 1_000);
        const post = (at: number, more: Record<string, string> = {}, sent = body) =>
          fetch(`http://127.0.0.1:${port}/`, {
            method: 'POST',
            headers: { ...sign(secret, at, body), ...more },
            body: sent,
          });
        const other = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
        const answers = [
          await post(now),
          await post(now),
          await post(now, {}, `${body} `),
          await post(now - 400),
          await post(now + 400),
          await post(now, { 'webhook-id': 'evt_2' }),
          await post(now, { 'webhook-timestamp': 'now' }),
          await post(now, { 'webhook-signature': sign(other, now, body)['webhook-signature'] }),
          await post(now, { 'webhook-signature': `v1,AAAA ${sign(secret, now, body)['webhook-signature']}` }),
        ];
        expect(answers.map(({ status }) => status)).toEqual([204, 204, 401, 401, 401, 401, 401, 401, 204]);
        expect(example.output().match(/try_on\.succeeded try_größe/g)).toHaveLength(1);
      } finally {
        example.signal('SIGKILL');
        await example.ended();
      }
    },
  );
});

function sign(secret: string, at: number, body: string) {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const made = createHmac('sha256', key).update(`evt_1.${at}.${body}`).digest('base64');
  return { 'webhook-id': 'evt_1', 'webhook-timestamp': String(at), 'webhook-signature': `v1,${made}` };
}

async function makeEndpoint({ urls }: System, url: string, types: readonly string[]): Promise<void> {
  const { status } = await fetch(`${urls.api}/v1/webhook-endpoints`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url, types }),
  });
  expect(status).toBe(201);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
