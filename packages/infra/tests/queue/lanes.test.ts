import {
  databaseForFile,
  describeOnEachBackend,
  eventually,
  redisPrefix,
  runSql,
  seedAccounts,
  seedTryOns,
} from '@catwalk/testkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { carryJobs, carryLostAgain, notifyWork, openDatabase } from '../../src/postgres/index.js';
import { type Lanes, openCarrier, openLanes } from '../../src/queue/index.js';

const prefix = redisPrefix();
const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 4 });
afterAll(() => db.close());

describeOnEachBackend('the lanes', (backend) => {
  const errors: Error[] = [];
  const opened: Lanes[] = [];
  // Keys begin with `catwalk-<installId>`, which is the prefix that is deleted after the file.
  const installId = (n = 0) => `${prefix.replace('catwalk-', '')}-${n}`;
  const open = async (install = installId()) => {
    const lanes = await openLanes({
      redisUrl: backend.redisUrl ?? null,
      databaseUrl: database.url,
      installId: install,
      onError: (error) => errors.push(error),
    });
    opened.push(lanes);
    return lanes;
  };
  let lanes: Lanes;
  let lane = '';
  let laneNumber = 0;
  beforeEach(async () => {
    lanes = await open();
    laneNumber += 1;
    lane = `lane-${backend.name}-${laneNumber}@example.com`;
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
    expect(errors.splice(0)).toEqual([]);
  });
  const job = (id: string, carry = 1) => ({ id, carry, lane });

  it('give what was put in, once each, in its order', async () => {
    await lanes.add([job('try_1'), job('try_2'), job('try_3')]);

    const first = await lanes.pull(lane, 1);
    const rest = await lanes.pull(lane, 5);

    expect(first.map((pulled) => pulled.id)).toEqual(['try_1']);
    expect(rest.map((pulled) => pulled.id).sort()).toEqual(['try_2', 'try_3']);
    await Promise.all([...first, ...rest].map((pulled) => pulled.complete()));
    expect(await lanes.pull(lane, 1)).toEqual([]);
  });

  it('are apart from each other: a pull takes from its own lane only', async () => {
    await lanes.add([job('try_1'), { id: 'try_2', carry: 1, lane: '*' }]);

    const any = await lanes.pull('*', 5);
    const own = await lanes.pull(lane, 5);

    expect([any, own].map((all) => all.map((pulled) => pulled.id))).toEqual([['try_2'], ['try_1']]);
    await Promise.all([...any, ...own].map((pulled) => pulled.complete()));
  });

  it('give each job to one of many workers that pull at once', async () => {
    const others = await Promise.all([open(), open()]);
    await lanes.add(Array.from({ length: 40 }, (_, n) => job(`try_${n}`)));

    const pulled = (await Promise.all([lanes, ...others].map((each) => each.pull(lane, 20)))).flat();

    expect(new Set(pulled.map((one) => one.id)).size).toBe(40);
    expect(pulled).toHaveLength(40);
    await Promise.all(pulled.map((one) => one.complete()));
  });

  it('take a queue id once: the same one put in again is ignored, a new carry is not', async () => {
    await lanes.add([job('try_1', 1)]);
    await lanes.add([job('try_1', 1)]);
    await lanes.add([job('try_1', 2)]);

    const pulled = await lanes.pull(lane, 5);

    expect(pulled.map((one) => one.id)).toEqual(['try_1', 'try_1']);
    await Promise.all(pulled.map((one) => one.complete()));
  });

  it('answer a pull from an empty lane at once, instead of waiting for a job to come', async () => {
    const started = performance.now();
    for (let time = 0; time < 5; time += 1) expect(await lanes.pull(lane, 3)).toEqual([]);

    expect(performance.now() - started).toBeLessThan(4_000);
  });

  it('answer while their server does', async () => {
    await expect(lanes.ping()).resolves.toBeUndefined();
  });

  it('that were wiped are filled again from the rows, under new ids', async () => {
    await runSql(database.url, 'TRUNCATE catwalk.try_on, catwalk.account CASCADE');
    await seedAccounts(db, { [lane]: 2 });
    const ids = await seedTryOns(db, 4, { email: lane });
    await lanes.add(await carryJobs(db));

    await wipe(backend.redisUrl, installId());
    expect(await lanes.pull(lane, 4)).toEqual([]);
    await lanes.add(await carryLostAgain(db, lane, 0));

    const pulled = await lanes.pull(lane, 9);
    expect(pulled.map((one) => one.id).sort()).toEqual(ids);
    await Promise.all(pulled.map((one) => one.complete()));
  });

  it('can go without a completion: the job is not given twice, and its row can be carried anew', async () => {
    await lanes.add([job('try_1', 1)]);
    const [abandoned] = await lanes.pull(lane, 1);
    expect(abandoned?.id).toBe('try_1');

    expect(await lanes.pull(lane, 1)).toEqual([]);
    await lanes.add([job('try_1', 2)]);

    const again = await lanes.pull(lane, 1);
    expect(again.map((one) => one.id)).toEqual(['try_1']);
    await Promise.all(again.map((one) => one.complete()));
  });

  it('leave no connection open when they are closed', async () => {
    const before = sockets();
    const other = await open(installId(1));
    await other.add([job('try_1')]);
    await (await other.pull(lane, 1))[0]?.complete();
    expect(sockets()).toBeGreaterThan(before);

    await other.close();

    await eventually(() => expect(sockets()).toBeLessThanOrEqual(before));
  });

  describe('with a carrier', () => {
    it('are topped up when it is woken, and its hooks are told', async () => {
      await runSql(database.url, 'TRUNCATE catwalk.try_on, catwalk.account CASCADE');
      await seedAccounts(db, { [lane]: 1 });
      const ids = await seedTryOns(db, 12, { email: lane });
      const counts: number[] = [];
      const faults: unknown[] = [];
      const carrier = openCarrier(db, lanes, {
        onCarried: (count) => counts.push(count),
        onError: (error) => faults.push(error),
      });
      carrier.wake();
      carrier.wake();
      carrier.wake();

      await eventually(() => expect(counts).toEqual([10]));
      await carrier.close();
      const pulled = await lanes.pull(lane, 20);
      expect(pulled.map((one) => one.id).sort()).toEqual(ids.slice(0, 10));
      expect(faults).toEqual([]);
      await Promise.all(pulled.map((one) => one.complete()));
    });
  });
});

describe('a notification', () => {
  it('can be sent without anybody listening', async () => {
    await expect(notifyWork(db.prisma)).resolves.toBeUndefined();
  });
});

/** Takes away everything this installation keeps in its queue, and nothing else on the server. */
async function wipe(redisUrl: string | undefined, install: string): Promise<void> {
  if (redisUrl === undefined) {
    await wipeTables();
    return;
  }
  const redis = new Redis(redisUrl);
  const keys = await redis.keys(`catwalk-${install}*`);
  if (keys.length > 0) await redis.del(...keys);
  await redis.quit();
}

async function wipeTables(): Promise<void> {
  const tables = await runSql<{ name: string }>(
    database.url,
    `SELECT format('bullmq.%I', tablename) AS name FROM pg_tables WHERE schemaname = 'bullmq' AND tablename !~ 'migration'`,
  );
  await runSql(database.url, `TRUNCATE ${tables.map((table) => table.name).join(', ')} CASCADE`);
}

/** How many connections this process has. */
function sockets(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'TCPSocketWrap').length;
}
