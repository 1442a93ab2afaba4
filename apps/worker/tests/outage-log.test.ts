import { describeOnEachBackend, eventually, openWire, seedTryOns, type Wire } from '@catwalk/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createStage, type Stage, untilAll } from './start-stage.js';

describeOnEachBackend('an outage as the worker tells it', (backend) => {
  const stageOf = createStage(backend.redisUrl);
  let stage: Stage;
  let wires: Wire[];
  beforeEach(async () => {
    stage = await stageOf();
    await stage.reset();
    wires = [await openWire(stage.db.url)];
    if (backend.redisUrl !== undefined) wires.push(await openWire(backend.redisUrl));
  });
  afterEach(async () => {
    await stage.stopWorkers();
    await Promise.all(wires.map((wire) => wire.close()));
  });

  it('is one line when it begins and one when it is over, however many rounds and calls it stops', async () => {
    const told = () =>
      stage.lines
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter(({ app, msg }) => app === 'worker' && String(msg).startsWith('outage.'));
    const [postgres, redis] = wires;
    await stage.startWorker({ DATABASE_URL: postgres?.url, REDIS_URL: redis?.url });
    await untilAll(stage, await seedTryOns(stage.db, 2), 'succeeded');
    const waiting = await seedTryOns(stage.db, 30);

    await Promise.all(wires.map((wire) => wire.cut()));
    const what = backend.redisUrl === undefined ? ['postgres'] : ['postgres', 'queue'];
    await eventually(() => expect(told().map((line) => line.what)).toEqual(expect.arrayContaining(what)));
    // Every loop runs into it again and again.
    const beganAt = performance.now();
    await eventually(() => expect(performance.now() - beganAt).toBeGreaterThan(1_500));
    await Promise.all(wires.map((wire) => wire.mend()));
    await untilAll(stage, waiting, 'succeeded');
    await eventually(() => expect(told()).toHaveLength(2 * what.length));

    for (const name of what) {
      const lines = told().filter((line) => line.what === name);
      expect(lines.map(({ msg }) => msg)).toEqual(['outage.began', 'outage.ended']);
      expect(lines[1]?.failures).toBeGreaterThan(2);
    }
  });
});
