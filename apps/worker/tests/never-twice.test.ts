import { claimJobs } from '@catwalk/infra/postgres';
import {
  anna,
  claimSettings,
  describeOnEachBackend,
  eventually,
  runSql,
  seedAccounts,
  seedTryOns,
} from '@catwalk/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { claimTimeNow } from '../src/claim-time.js';
import { submitClaim } from '../src/submit-claim.js';
import { createStage, endContext, expectFairBill, jobOf, type Stage, untilAll } from './start-stage.js';

describeOnEachBackend('a submit whose answer was lost', (backend) => {
  const stageOf = createStage(backend.redisUrl);
  let stage: Stage;
  beforeEach(async () => {
    stage = await stageOf();
    await stage.reset();
  });
  const kindsOf = async (id: string) => {
    const events = await stage.db.prisma.event.findMany({ where: { tryOnId: id }, orderBy: { id: 'asc' } });
    return events.map((event) => event.kind);
  };

  it('is unconfirmed, then settled by the scheduler, and submitted once', async () => {
    stage.simulator.turnDials({ lostAnswerRate: 1, delayMs: 900, delayJitter: 0, lostCallbackRate: 1 });
    const ids = await seedTryOns(stage.db, 2);
    await stage.startWorker({ POLL_INTERVAL_MS: '300' });

    await untilAll(stage, ids, 'succeeded');

    const entries = stage.lines.filter(
      (line) => line.includes('"attempt.proven"') && line.includes(ids[0] ?? ''),
    );
    expect(entries.join()).toContain('"by":"scheduler"');
    expect(stage.simulator.bill().accepted).toBe(2);
    expectFairBill(stage);
  });

  it('is settled by the listing when the task is over already', async () => {
    stage.simulator.turnDials({ lostAnswerRate: 1, delayMs: 0, lostCallbackRate: 1 });
    const ids = await seedTryOns(stage.db, 2);
    await stage.startWorker();

    await untilAll(stage, ids, 'succeeded');

    expect(await kindsOf(ids[0] ?? '')).toContain('try_on.unconfirmed');
    const entries = stage.lines.filter(
      (line) => line.includes('"attempt.proven"') && line.includes(ids[0] ?? ''),
    );
    expect(entries.join()).toContain('"by":"listing"');
    expect((await jobOf(stage, ids[0] ?? '')).urls).toHaveLength(1);
    expectFairBill(stage);
  });

  it('is settled by its callback, without a look', async () => {
    stage.simulator.turnDials({ lostAnswerRate: 1, delayMs: 300 });
    const ids = await seedTryOns(stage.db, 3);
    await stage.startWorker({ POLL_INTERVAL_MS: '60000', CALLBACK_GRACE_MS: '60000' });

    await untilAll(stage, ids, 'succeeded');

    expect(await kindsOf(ids[0] ?? '')).not.toContain('attempt.accepted');
    expect(stage.simulator.bill().accepted).toBe(3);
    expectFairBill(stage);
  });

  it('because a 502 stood in front of the task is submitted once', async () => {
    stage.simulator.turnDials({ serverErrorAfterAcceptRate: 1 });
    const ids = await seedTryOns(stage.db, 3);
    await stage.startWorker();

    await untilAll(stage, ids, 'succeeded');
    expect(stage.simulator.bill().accepted).toBe(3);
    expectFairBill(stage);
  });

  it('because it took longer than the timeout is submitted once', async () => {
    stage.simulator.turnDials({ answerDelayMs: 900, delayMs: 100 });
    const ids = await seedTryOns(stage.db, 2);
    await stage.startWorker({ SUBMIT_TIMEOUT_MS: '300' });

    await untilAll(stage, ids, 'succeeded');
    expect(stage.simulator.bill().accepted).toBe(2);
    expectFairBill(stage);
  });

  it('because its worker died is found by the next one, and submitted once', async () => {
    await seedAccounts(stage.db, { [anna]: 5 });
    const ids = await seedTryOns(stage.db, 1);
    stage.simulator.turnDials({ delayMs: 400, lostCallbackRate: 1 });
    const { claimed } = await claimJobs(stage.db, ids, claimSettings);
    const [job] = claimed;
    if (job === undefined) throw new Error('a job was asked for');
    // The dead worker's request arrived, and nobody heard the answer.
    const context = await stage.context();
    await context.provider.submit({ ...job.request, email: anna, replyUrl: null, replyRef: job.replyRef });
    await endContext(context);
    await runSql(stage.db.url, `UPDATE catwalk.attempt SET sent_at = sent_at - interval '1 minute'`);

    await stage.startWorker();
    await untilAll(stage, ids, 'succeeded');

    expect(stage.simulator.bill().accepted).toBe(1);
  });

  it('among many of all kinds is never submitted twice', async () => {
    stage.simulator.turnDials({
      // Not so many that three in a row count as an outage again and again.
      lostAnswerRate: 0.15,
      serverErrorAfterAcceptRate: 0.1,
      earlyCallbackRate: 0.2,
      doubledCallbackRate: 0.2,
      lostCallbackRate: 0.3,
      largeTaskIds: true,
    });
    const ids = await seedTryOns(stage.db, 25);
    await stage.startWorker();

    await untilAll(stage, ids, 'succeeded', 20_000);
    expect(stage.simulator.bill().accepted).toBe(25);
    expectFairBill(stage);
  });
});

describe('a claim', () => {
  const stageOf = createStage(undefined);

  it('that is older than five seconds, by either clock, is never sent, and its job goes on', async () => {
    const stage = await stageOf();
    await seedAccounts(stage.db, { [anna]: 5 });
    const ids = await seedTryOns(stage.db, 2);
    const { claimed } = await claimJobs(stage.db, ids, claimSettings);
    const now = claimTimeNow();
    const slept = [
      { ...now, wallMs: now.wallMs - 5_000 },
      { ...now, monotonicMs: now.monotonicMs - 5_000 },
    ];
    const context = await stage.context();
    for (const [n, job] of claimed.entries()) await submitClaim(context, { job, claimedAt: slept[n] ?? now });
    await endContext(context);

    expect(stage.simulator.bill().accepted).toBe(0);
    for (const id of ids)
      expect(await jobOf(stage, id)).toMatchObject({ status: 'queued', states: ['never_sent'] });
    await stage.startWorker();
    await untilAll(stage, ids, 'succeeded');
    for (const id of ids)
      await eventually(async () =>
        expect((await jobOf(stage, id)).states).toEqual(['never_sent', 'ended_succeeded']),
      );
  });
});
