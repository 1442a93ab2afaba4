import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { eventually } from '@catwalk/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { judgePolicy } from '../../src/queue/check-queue.js';
import { checkQueue } from '../../src/queue/index.js';

const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
const endings: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const end of endings) await end();
});

/** A Redis of its own, with this policy. */
async function startRedis(policy: string): Promise<string> {
  const port = await findFreePort();
  const settings = ['--bind', '127.0.0.1', '--save', '', '--maxmemory-policy', policy];
  const server = spawn('redis-server', ['--port', String(port), ...settings], { stdio: 'ignore' });
  endings.push(async () => {
    if (server.exitCode === null && server.kill('SIGKILL')) await once(server, 'exit');
  });
  const url = `redis://127.0.0.1:${port}`;
  await eventually(async () =>
    expect(await checkQueue(url)).not.toMatchObject({ code: 'redis_unreachable' }),
  );
  return url;
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe.skipIf(!hasRedis)(`a Redis${hasRedis ? '' : ': no redis-server on the PATH'}`, () => {
  it.each(['allkeys-lru', 'volatile-ttl'])(
    'that would evict by %s is refused, with what to change',
    async (policy) => {
      expect(await checkQueue(await startRedis(policy))).toMatchObject({
        severity: 'refuse',
        code: 'redis_evicts',
        message: expect.stringMatching(new RegExp(`${policy}.*noeviction.*REDIS_URL`)),
      });
    },
  );

  it('that evicts nothing passes', async () => {
    expect(await checkQueue(await startRedis('noeviction'))).toMatchObject({ severity: 'ok' });
  });
});

describe('a queue', () => {
  it('whose Redis does not answer is only warned of, and its address is not told', async () => {
    const url = `redis://:s3cret@127.0.0.1:${await findFreePort()}`;
    const result = await checkQueue(url);
    expect(result).toMatchObject({ severity: 'warn', code: 'redis_unreachable' });
    expect(result.message).not.toContain('s3cret');
  });

  it('whose Redis swallows what it is asked is warned of within seconds', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const result = await checkQueue(`redis://127.0.0.1:${port}`);
    expect(result).toMatchObject({ severity: 'warn', code: 'redis_unreachable' });
    silent.close();
  });

  it('whose Redis does not tell its policy is warned of', () => {
    expect(judgePolicy(null)).toMatchObject({ severity: 'warn', code: 'redis_policy_unknown' });
  });

  it('on PostgreSQL passes', async () => {
    expect(await checkQueue(null)).toMatchObject({ severity: 'ok' });
  });
});
