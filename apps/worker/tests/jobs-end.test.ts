import { judgeJob } from '@catwalk/infra/postgres';
import { describeOnEachBackend, eventually, seedTryOns } from '@catwalk/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { createWorker } from '../src/index.js';
import { createStage, expectFairBill, jobOf, type Stage, untilAll } from './start-stage.js';

describeOnEachBackend('a queued job', (backend) => {
  const stageOf = createStage(backend.redisUrl);
  let stage: Stage;
  beforeEach(async () => {
    stage = await stageOf();
    await stage.reset();
  });
  const first = (ids: readonly string[]) => ids[0] ?? '';

  it('reaches succeeded with its images, with every step in its timeline', async () => {
    const ids = await seedTryOns(stage.db, 3, { imageCount: 2 });
    await stage.startWorker();

    await untilAll(stage, ids, 'succeeded');

    const job = await jobOf(stage, first(ids));
    expect(job).toMatchObject({ account: 'anna@example.com', states: ['ended_succeeded'], error: null });
    expect(job.urls).toHaveLength(2);
    expect(job.attempts[0]).toMatchObject({ imagesBilled: 2, exchange: { status: 200 } });
    const events = await stage.db.prisma.event.findMany({
      where: { tryOnId: first(ids) },
      orderBy: { id: 'asc' },
    });
    expect(events.map((event) => event.kind)).toEqual([
      'try_on.queued',
      'try_on.submitted',
      'attempt.accepted',
      'try_on.processing',
      'attempt.succeeded',
      'try_on.succeeded',
    ]);
    expectFairBill(stage);
  });

  it('ends by watching when every callback is lost', async () => {
    stage.simulator.turnDials({ lostCallbackRate: 1 });
    const ids = await seedTryOns(stage.db, 12);
    await stage.startWorker();

    await untilAll(stage, ids, 'succeeded');

    expect(stage.simulator.bill().callbacks.sent).toBe(0);
    expectFairBill(stage);
  });

  it('ends by watching when the scheduler does not answer either', async () => {
    stage.simulator.turnDials({ lostCallbackRate: 1, schedulerBroken: true });
    const ids = await seedTryOns(stage.db, 5);
    await stage.startWorker();

    await untilAll(stage, ids, 'succeeded');
    expectFairBill(stage);
  });

  it('ends without a public address for callbacks: none is asked for', async () => {
    const ids = await seedTryOns(stage.db, 5);
    const context = await stage.context();
    const silent = { ...context, config: { ...context.config, publicWebhookUrl: null } };
    const worker = createWorker(silent);
    await worker.start();

    await untilAll(stage, ids, 'succeeded');
    await worker.close();

    for (const attempt of await stage.db.prisma.attempt.findMany()) {
      const { request } = attempt.exchange as { request: Record<string, unknown> };
      expect(request).toMatchObject({ replyRef: attempt.replyRef, email: 'anna@example.com' });
      expect(request).not.toHaveProperty('replyUrl');
    }
    expectFairBill(stage);
  });

  it('ends with callbacks doubled, early, late and out of order', async () => {
    stage.simulator.turnDials({
      progressCallbacks: true,
      doubledCallbackRate: 0.5,
      earlyCallbackRate: 0.3,
      reorderedCallbackRate: 0.4,
      lateCallbackRate: 0.3,
      lateCallbackMs: 200,
    });
    const ids = await seedTryOns(stage.db, 40);
    await stage.startWorker();

    await untilAll(stage, ids, 'succeeded');
    expectFairBill(stage);
  });

  it('that is canceled in flight keeps the images that come, and stays canceled', async () => {
    stage.simulator.turnDials({ delayMs: 500 });
    const ids = await seedTryOns(stage.db, 1);
    await stage.startWorker();
    await untilAll(stage, ids, 'processing');

    await judgeJob(stage.db, { jobId: first(ids), actor: 'shop', event: { type: 'canceled-by-client' } });

    await eventually(async () => {
      const job = await jobOf(stage, first(ids));
      expect(job).toMatchObject({ status: 'canceled', states: ['ended_succeeded'] });
      expect(job.urls).toHaveLength(1);
    });
  });

  it('that is canceled before its turn is never sent', async () => {
    const ids = await seedTryOns(stage.db, 3);
    await judgeJob(stage.db, { jobId: first(ids), actor: 'shop', event: { type: 'canceled-by-client' } });
    await stage.startWorker();

    await untilAll(stage, ids.slice(1), 'succeeded');

    expect(await jobOf(stage, first(ids))).toMatchObject({ status: 'canceled', states: [] });
    expect(stage.simulator.bill().accepted).toBe(2);
  });

  it('that expired is failed unbilled, and one pinned to a removed account says so', async () => {
    const expired = await seedTryOns(stage.db, 1, { expiresAt: new Date(Date.now() - 1_000) });
    const pinned = await seedTryOns(stage.db, 1, { email: 'gone@example.com' });
    await stage.db.prisma.account.create({
      data: { email: 'gone@example.com', maxJobs: 2, configured: true },
    });
    await stage.startWorker({ USEAPI_ACCOUNTS: 'anna@example.com:5' });

    await untilAll(stage, [...expired, ...pinned], 'failed');

    expect((await jobOf(stage, first(expired))).error).toMatchObject({ code: 'expired' });
    expect((await jobOf(stage, first(pinned))).error).toMatchObject({ code: 'account_removed' });
    expect(stage.simulator.bill().accepted).toBe(0);
  });
});

describeOnEachBackend('a job that the provider refuses or fails', (backend) => {
  const stageOf = createStage(backend.redisUrl);
  let stage: Stage;
  beforeEach(async () => {
    stage = await stageOf();
    await stage.reset();
  });

  describe('is failed with the right code and the provider’s words', () => {
    it('when its content is rejected on submit', async () => {
      stage.simulator.turnDials({ moderationRate: 1 });
      const ids = await seedTryOns(stage.db, 2);
      await stage.startWorker();
      await untilAll(stage, ids, 'failed');

      expect((await jobOf(stage, ids[0] ?? '')).error).toMatchObject({
        code: 'content_rejected',
        providerStatus: 500,
        providerMessage: expect.stringContaining('content moderation'),
      });
    });

    it('when the provider finds the input invalid', async () => {
      const ids = await seedTryOns(stage.db, 1, { humanImage: 'not-an-address' });
      await stage.startWorker();
      await untilAll(stage, ids, 'failed');

      const job = await jobOf(stage, ids[0] ?? '');
      expect(job.error).toMatchObject({
        code: 'invalid_input',
        providerStatus: 400,
        providerMessage: 'Parameter humanImage must be a valid http/https URL',
      });
      expect(job.states).toEqual(['refused']);
    });

    it.each([
      ['generation_failed', 'No person detected in the human image'],
      ['content_rejected', 'The result was rejected: prohibited content'],
    ])('when the task fails: %s', async (code, failureMessage) => {
      stage.simulator.turnDials({ failureRate: 1, failureMessage });
      const ids = await seedTryOns(stage.db, 1);
      await stage.startWorker();
      await untilAll(stage, ids, 'failed');

      const job = await jobOf(stage, ids[0] ?? '');
      expect(job.error).toMatchObject({ code, providerMessage: failureMessage });
      expect(job.states).toEqual(['ended_failed']);
    });

    it('when the task ends without any image', async () => {
      stage.simulator.turnDials({ noImagesRate: 1 });
      const ids = await seedTryOns(stage.db, 1);
      await stage.startWorker();
      await untilAll(stage, ids, 'failed');

      expect((await jobOf(stage, ids[0] ?? '')).error).toMatchObject({ code: 'no_images' });
    });
  });
});
