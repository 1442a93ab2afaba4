import { explainWaiting } from '@catwalk/core';
import { carryJobs, claimJobs, findTryOn, readAccountRooms } from '@catwalk/infra/postgres';
import {
  claimSettings,
  describeOnEachBackend,
  eventually,
  runSql,
  seedAccounts,
  seedTryOns,
} from '@catwalk/testkit';
import { beforeEach, expect, it } from 'vitest';
import { claimTimeNow } from '../src/claim-time.js';
import { createSlotFiller } from '../src/fill-slots.js';
import { submitClaim } from '../src/submit-claim.js';
import { createStage, endContext, expectFairBill, jobOf, type Stage, untilAll } from './start-stage.js';

const anna = 'anna@example.com';

describeOnEachBackend('free slots', (backend) => {
  const stageOf = createStage(backend.redisUrl, { accounts: [{ email: anna, maxJobs: 5 }] });
  let stage: Stage;
  beforeEach(async () => {
    stage = await stageOf();
    await stage.reset();
  });
  const statusOf = (ids: readonly string[], status: string) =>
    stage.db.prisma.tryOn.count({ where: { id: { in: [...ids] }, status } });

  it('are filled past jobs that their own maxJobs holds back, which say so', async () => {
    stage.simulator.turnDials({ delayMs: 2_000 });
    const one = await seedTryOns(stage.db, 12, { maxJobs: 1 });
    const any = await seedTryOns(stage.db, 20);
    await stage.startWorker();

    await eventually(() => expect(stage.simulator.bill().accounts[anna]?.maxRunning).toBe(5));
    stage.simulator.turnDials({ delayMs: 100 });
    const rooms = await readAccountRooms(stage.db);
    const accounts = rooms.accounts.map((account) => ({ ...account, free: 1 }));
    const row = await findTryOn(stage.db, null, one.at(-1) ?? '');
    if (row === null) throw new Error('twelve jobs were asked for');
    expect(explainWaiting({ ...row, ...rooms, accounts })).toMatchObject({
      code: 'free_slot',
      detail: expect.stringContaining('maxJobs'),
    });
    await untilAll(stage, any, 'succeeded');
    expect(await statusOf(one, 'queued')).toBeGreaterThan(0);
    await untilAll(stage, one, 'succeeded');
    expectFairBill(stage);
  });

  it('of one account are used by a job whose maxJobs is reached on the other', async () => {
    await seedAccounts(stage.db, { [anna]: 5, 'zoe@example.com': 5 });
    const context = await stage.context();
    const sent: string[] = [];
    const { fill } = createSlotFiller(context, ({ job }) => void sent.push(job.account));
    await seedTryOns(stage.db, 2, { maxJobs: 1 });

    await eventually(async () => {
      await context.lanes.add(await carryJobs(stage.db));
      await fill();
      expect(sent.sort()).toEqual([anna, 'zoe@example.com']);
    });
    await endContext(context);
  });

  it('of one account are filled to the last though another took more than the look had seen', async () => {
    const zoe = 'zoe@example.com';
    await seedAccounts(stage.db, { [anna]: 1, [zoe]: 3 });
    const ids = await seedTryOns(stage.db, 8);
    const context = await stage.context();
    await context.lanes.add(await carryJobs(stage.db));
    const asked: number[] = [];
    const pull = async (lane: string, count: number) => {
      asked.push(count);
      // Between the look and the claim, slots become free: each claim starts on the emptiest account.
      await seedAccounts(stage.db, { [anna]: 5, [zoe]: 3 });
      return context.lanes.pull(lane, count);
    };
    const sent: string[] = [];
    const { fill } = createSlotFiller({ ...context, lanes: { ...context.lanes, pull } }, ({ job }) => {
      sent.push(job.account);
    });

    await fill();

    expect(asked).toEqual([4, 1]);
    expect(sent.sort()).toEqual([anna, anna, zoe, zoe, zoe]);
    expect(await statusOf(ids, 'queued')).toBe(3);
    await endContext(context);
  });

  it('wait for jobs that come into a lane, and slots that are taken for none', async () => {
    await seedAccounts(stage.db, { [anna]: 2 });
    const context = await stage.context();
    const { fill, wantsJobs } = createSlotFiller(context, () => undefined);
    const wanted = [wantsJobs()];
    const carryAndFill = async (count: number) => {
      await seedTryOns(stage.db, count);
      await context.lanes.add(await carryJobs(stage.db));
      const filled = fill();
      expect(wantsJobs()).toBe(true);
      await filled;
      wanted.push(wantsJobs());
    };

    await carryAndFill(0);
    await carryAndFill(1);
    await carryAndFill(2);
    await carryAndFill(0);

    expect(wanted).toEqual([true, true, true, false, false]);
    await endContext(context);
  });

  it('find what a lane lost also while the lane never runs dry', async () => {
    await seedAccounts(stage.db, { [anna]: 5 });
    stage.simulator.turnDials({ delayMs: 300 });
    const lost = await seedTryOns(stage.db, 4);
    expect(await carryJobs(stage.db)).toHaveLength(4);
    await runSql(stage.db.url, `UPDATE catwalk.try_on SET carried_at = carried_at - interval '10 seconds'`);
    const backlog = await seedTryOns(stage.db, 80);
    await stage.startWorker();

    await eventually(async () => expect(await statusOf(lost, 'queued')).toBe(0));

    expect(await statusOf(backlog, 'queued')).toBeGreaterThan(20);
    await untilAll(stage, [...lost, ...backlog], 'succeeded');
    expectFairBill(stage);
  });

  it('take nothing more once the worker was told to stop: a claim that is not sent yet goes back', async () => {
    await seedAccounts(stage.db, { [anna]: 5 });
    const [id] = await seedTryOns(stage.db, 1);
    const context = await stage.context();
    const { claimed } = await claimJobs(stage.db, [id ?? ''], claimSettings);
    context.stop();

    for (const job of claimed) await submitClaim(context, { job, claimedAt: claimTimeNow() });

    expect(await jobOf(stage, id ?? '')).toMatchObject({ status: 'queued', states: ['never_sent'] });
    expect(stage.simulator.bill().accepted).toBe(0);
    await endContext(context);
  });

  it('that another worker was quicker to fill are left to that one for a moment', async () => {
    await seedAccounts(stage.db, { [anna]: 1 });
    const ids = await seedTryOns(stage.db, 2);
    const context = await stage.context();
    await context.lanes.add(await carryJobs(stage.db));
    const pulledIds: string[] = [];
    const pull = async (lane: string, count: number) => {
      // Between the look and the claim, the other one claims.
      if (pulledIds.length === 0) await claimJobs(stage.db, ids.slice(1), claimSettings);
      const pulled = await context.lanes.pull(lane, count);
      pulledIds.push(...pulled.map((job) => job.id));
      return pulled;
    };
    const sent: string[] = [];
    const { fill } = createSlotFiller({ ...context, lanes: { ...context.lanes, pull } }, ({ job }) => {
      sent.push(job.jobId);
    });

    await fill();
    expect([pulledIds, sent]).toEqual([ids.slice(0, 1), []]);

    await seedAccounts(stage.db, { [anna]: 2 });
    await context.lanes.add(await carryJobs(stage.db));
    await fill();
    expect(sent).toEqual([]);
    await eventually(async () => {
      await fill();
      expect(sent).toEqual(ids.slice(0, 1));
    });
    await endContext(context);
  });
});
