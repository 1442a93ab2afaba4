import {
  listAccounts,
  listSlots,
  pauseAccountByPerson,
  pauseEverything,
  resumeAccountByPerson,
  resumeEverything,
} from '@catwalk/infra/postgres';
import { describeOnEachBackend, eventually, seedTryOns } from '@catwalk/testkit';
import { beforeEach, expect, it } from 'vitest';
import { refreshCredits } from '../src/refresh-credits.js';
import { createWorker } from '../src/workers.js';
import { createStage, jobOf, type Stage, untilAll } from './start-stage.js';

const anna = 'anna@example.com';
const ben = 'ben@example.com';
const by = { actor: 'ada', reason: null };

describeOnEachBackend('the accounts that may be used', (backend) => {
  const accounts = [anna, ben].map((email) => ({ email, maxJobs: 4 }));
  const stageOf = createStage(backend.redisUrl, { accounts });
  let stage: Stage;
  beforeEach(async () => {
    stage = await stageOf();
    await stage.reset();
    for (const { email, maxJobs } of accounts)
      stage.simulator.putAccount(email, { maxJobs, errorState: null });
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
  });

  it('are not used while a person pauses them: pinned jobs wait, the others move, and no list or restart ends it', async () => {
    await stage.startWorker();
    await eventually(async () => expect(await limits()).toEqual({ [anna]: 4, [ben]: 4 }));
    await pauseAccountByPerson(stage.db, anna, by);
    const pinned = await seedTryOns(stage.db, 2, { email: anna });
    const others = await seedTryOns(stage.db, 6);
    await untilAll(stage, others, 'succeeded');
    await stage.stopWorkers();
    await stage.startWorker();
    const last = await seedTryOns(stage.db, 6);
    await untilAll(stage, last, 'succeeded');

    for (const id of [...others, ...last]) expect((await jobOf(stage, id)).account).toBe(ben);
    for (const id of pinned) expect(await jobOf(stage, id)).toMatchObject({ status: 'queued', attempts: [] });

    await resumeAccountByPerson(stage.db, anna, 'boss');
    await untilAll(stage, pinned, 'succeeded');
  });

  it('start nothing, in any worker and after any restart, while a person pauses everything', async () => {
    await pauseEverything(stage.db, by);
    const ids = await seedTryOns(stage.db, 6);
    const carried = () => stage.db.prisma.tryOn.count({ where: { carriedAt: { not: null } } });
    await Promise.all([stage.startWorker(), stage.startWorker()]);
    await eventually(async () => expect(await carried()).toBe(6));
    await stage.stopWorkers();
    await stage.startWorker();
    await eventually(async () => expect(await limits()).toEqual({ [anna]: 4, [ben]: 4 }));
    expect(await stage.db.prisma.attempt.count()).toBe(0);

    await resumeEverything(stage.db, 'boss');

    await untilAll(stage, ids, 'succeeded');
    for (const id of ids) expect(await jobOf(stage, id)).toMatchObject({ states: ['ended_succeeded'] });
  });

  it('tell what is left to spend on them, as far as the provider tells', async () => {
    const context = await stage.context({ USEAPI_ACCOUNTS: `${anna}:2,unknown@example.com:1` });
    const worker = createWorker(context);
    await worker.start();
    await refreshCredits(context, 60_000);
    await worker.close();

    const credits = (await listAccounts(stage.db)).map(({ email, credits }) => [email, credits]);
    expect(Object.fromEntries(credits)).toMatchObject({ [anna]: 66_000, 'unknown@example.com': null });
  });
});
