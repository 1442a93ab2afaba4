import { listSlots } from '@catwalk/infra/postgres';
import { describeOnEachBackend, eventually, seedTryOns } from '@catwalk/testkit';
import { beforeEach, expect, it } from 'vitest';
import { createStage, jobOf, type Stage, untilAll } from './start-stage.js';

const anna = 'anna@example.com';
const ben = 'ben@example.com';

describeOnEachBackend('the accounts that may be used', (backend) => {
  const accounts = [anna, ben].map((email) => ({ email, maxJobs: 4 }));
  const stageOf = createStage(backend.redisUrl, { accounts });
  let stage: Stage;
  beforeEach(async () => {
    stage = await stageOf();
    await stage.reset();
  });
  const limits = async () =>
    Object.fromEntries((await listSlots(stage.db.prisma)).map(({ email, maxJobs }) => [email, maxJobs]));

  it('are those of the worker that started last, from its first claim on', async () => {
    await stage.startWorker({ USEAPI_ACCOUNTS: `${anna}:2` });
    const pinned = await seedTryOns(stage.db, 1, { email: anna });
    await untilAll(stage, pinned, 'succeeded');
    stage.simulator.putAccount(anna, { errorState: 402 });

    await stage.startWorker({ USEAPI_ACCOUNTS: `${ben}:3` });

    expect(await limits()).toEqual({ [ben]: 3 });
    const ids = await seedTryOns(stage.db, 6);
    await untilAll(stage, ids, 'succeeded');
    for (const id of ids) expect(await jobOf(stage, id)).toMatchObject({ account: ben, attempts: [{}] });
  });

  it('are the provider’s as soon as a worker without settings has asked, whoever asked last', async () => {
    await stage.startWorker();
    await eventually(async () => expect(await limits()).toEqual({ [anna]: 4, [ben]: 4 }));
    await stage.stopWorkers();
    stage.simulator.putAccount(anna, { maxJobs: 2 });

    await stage.startWorker();

    await eventually(async () => expect(await limits()).toEqual({ [anna]: 2, [ben]: 4 }));
    stage.simulator.putAccount(anna, { maxJobs: 4 });
  });
});
