import {
  databaseForFile,
  describeOnEachBackend,
  eventually,
  openWire,
  redisPrefix,
  type Wire,
} from '@catwalk/testkit';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { type Lanes, openLanes } from '../../src/queue/index.js';

const prefix = redisPrefix();
const database = await databaseForFile();
const wires: Wire[] = [];
afterAll(() => Promise.all(wires.map((wire) => wire.close())));

describeOnEachBackend('a queue whose connections have gone silent', (backend) => {
  let wire: Wire;
  let lanes: Lanes;
  let worked = 0;
  let lane = '';
  beforeEach(async () => {
    wire = await openWire(backend.redisUrl ?? database.url);
    wires.push(wire);
    worked = 0;
    lane = `silent-${wires.length}@example.com`;
    lanes = await openLanes({
      redisUrl: backend.redisUrl === undefined ? null : wire.url,
      databaseUrl: backend.redisUrl === undefined ? wire.url : database.url,
      installId: `${prefix.replace('catwalk-', '')}-${wires.length}`,
      onError: () => undefined,
      onWorked: () => {
        worked += 1;
      },
    });
  });
  afterEach(() => lanes.close());
  const job = (id: string) => ({ id, carry: wires.length, lane });
  const pullOne = () =>
    eventually(async () => {
      const [pulled] = await lanes.pull(lane, 1);
      await pulled?.complete();
      expect(pulled).toBeDefined();
      return pulled?.id;
    });

  it('works again within 10 s of the moment when a new connection would', async () => {
    await lanes.add([job('try_1'), job('try_2')]);
    await pullOne();
    wire.swallow();
    const pulling = lanes.pull(lane, 1).catch((error: unknown) => error);
    const adding = lanes.add([job('try_3')]).catch((error: unknown) => error);
    // What the wire swallowed stays swallowed; only a new connection can work from here on.
    await wire.mend();
    const mendedAt = performance.now();
    expect([await pulling, await adding].map((error) => (error as Error).name)).toEqual([
      'QueueError',
      'QueueError',
    ]);

    await eventually(() => lanes.add([job('try_4')]));
    await pullOne();

    expect(performance.now() - mendedAt).toBeLessThan(10_000);
  });

  it('loses no job to a pull that nobody waits for any more', async () => {
    await lanes.add([job('try_1')]);
    expect(await lanes.pull('another@example.com', 1)).toEqual([]);
    await wire.cut();
    const pulls = await Promise.allSettled(Array.from({ length: 8 }, () => lanes.pull(lane, 1)));
    expect(pulls.map((pull) => pull.status)).toEqual(pulls.map(() => 'rejected'));
    const workedBefore = worked;
    await wire.mend();

    expect(await pullOne()).toBe('try_1');
    expect(worked).toBeGreaterThan(workedBefore);
  });
});
