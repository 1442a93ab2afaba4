import { connect } from 'node:net';
import { openDatabase } from '@catwalk/infra/postgres';
import { Queue } from 'bullmq';

const LOCAL = 'redis://127.0.0.1:6379';

/** The Redis of a run: `REDIS_URL`, else one that answers on the default port, else none. */
export async function findRedis(): Promise<string | null> {
  const given = process.env.REDIS_URL;
  if (given) return given;
  return (await answers(6_379)) ? LOCAL : null;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Takes away what an installation has left in Redis: its lanes of jobs that any account may take, and of deliveries. */
export async function clearLanes(redisUrl: string, databaseUrl: string): Promise<void> {
  const db = openDatabase({ url: databaseUrl, poolMax: 1 });
  const installId = await db.prisma.setting.findUnique({ where: { key: 'install_id' } });
  await db.close();
  for (const name of ['lane-any', 'deliveries']) {
    const lane = new Queue(name, { connection: { url: redisUrl }, prefix: `catwalk-${installId?.value}` });
    await lane.obliterate({ force: true });
    await lane.close();
  }
}
