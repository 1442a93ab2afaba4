import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { eventually } from '@catwalk/testkit';
import { askRedis } from './ask-redis.js';

export const hasRedisServer = spawnSync('redis-server', ['--version']).status === 0;

/** A Redis of one's own, which may be emptied and killed. */
export interface RedisServer {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startRedisServer(password = ''): Promise<RedisServer> {
  const port = await findFreePort();
  const options = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--loglevel', 'warning'];
  const server = spawn(
    'redis-server',
    ['--port', String(port), ...options, ...(password === '' ? [] : ['--requirepass', password])],
    { stdio: 'ignore' },
  );
  const url = `redis://${password === '' ? '' : `:${password}@`}127.0.0.1:${port}`;
  await eventually(() => askRedis(url, 'PING'));
  return {
    url,
    stop: async () => {
      if (server.exitCode === null && server.kill('SIGKILL')) await once(server, 'exit');
    },
  };
}

export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
