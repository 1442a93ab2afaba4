import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { eventually } from './eventually.js';

const localUrl = 'redis://127.0.0.1:6379';

/**
 * The Redis of a test run: `REDIS_URL`, else one that answers on the default port, else a `redis-server` from the PATH
 * that is started for the run and keeps nothing. A `REDIS_URL` that does not answer is an error, never a skip.
 */
export async function findRedis(
  endings: (() => Promise<void>)[],
): Promise<{ url: string } | { skipped: string }> {
  const named = process.env.REDIS_URL;
  if (named) {
    await ping(named);
    return { url: named };
  }
  if (await answers(localUrl)) return { url: localUrl };
  if (spawnSync('redis-server', ['--version']).status !== 0) {
    return { skipped: 'Redis suites are skipped: no redis-server' };
  }
  return { url: await startRedis(endings) };
}

async function startRedis(endings: (() => Promise<void>)[]): Promise<string> {
  const port = await findFreePort();
  const options = [
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--maxmemory-policy',
    'noeviction',
  ];
  const server = spawn('redis-server', ['--port', String(port), ...options], { stdio: 'ignore' });
  endings.push(async () => {
    if (server.exitCode === null && server.kill('SIGKILL')) await once(server, 'exit');
  });
  const url = `redis://127.0.0.1:${port}`;
  await eventually(() => ping(url));
  return url;
}

async function answers(url: string): Promise<boolean> {
  return ping(url).then(
    () => true,
    () => false,
  );
}

async function ping(url: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: 1_000, retryStrategy: () => null });
  redis.on('error', () => {});
  try {
    await redis.connect();
    await redis.ping();
  } finally {
    redis.disconnect();
  }
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
