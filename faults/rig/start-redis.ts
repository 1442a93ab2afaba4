import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@catwalk/testkit';
import { askRedis } from '../../tests/system/ask-redis.js';
import { findFreePort } from '../../tests/system/redis-server.js';

export { hasRedisServer } from '../../tests/system/redis-server.js';

/** A Redis of a row's own: it may be emptied, killed, and put back to what it was. */
export interface OwnRedis {
  readonly url: string;
  flush(): Promise<void>;
  kill(): Promise<void>;
  /** On the same port, with what its last snapshot holds, if there is one. */
  start(): Promise<void>;
  /** Keeps what it holds now. */
  snapshot(): Promise<void>;
  close(): Promise<void>;
}

export async function startRedis(): Promise<OwnRedis> {
  const port = await findFreePort();
  const folder = mkdtempSync(join(tmpdir(), 'catwalk-faults-redis-'));
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess | undefined;
  const kill = async () => {
    if (server !== undefined && server.exitCode === null && server.kill('SIGKILL'))
      await once(server, 'exit');
    server = undefined;
  };
  const start = async () => {
    const bind = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--dbfilename', 'dump.rdb'];
    const policy = ['--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction'];
    server = spawn('redis-server', [...bind, ...policy], { stdio: 'ignore' });
    await eventually(() => askRedis(url, 'PING'));
  };
  await start();
  return {
    url,
    flush: async () => void (await askRedis(url, 'FLUSHALL')),
    kill,
    start,
    snapshot: async () => {
      await askRedis(url, 'SAVE');
      copyFileSync(join(folder, 'dump.rdb'), join(folder, 'kept.rdb'));
    },
    close: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
