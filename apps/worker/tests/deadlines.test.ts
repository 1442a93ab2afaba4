import { eventually, seedTryOns } from '@catwalk/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { createWorker } from '../src/index.js';
import { createStage, jobOf, type Stage, untilAll } from './start-stage.js';

const stageOf = createStage(undefined);
let stage: Stage;
beforeEach(async () => {
  stage = await stageOf();
  await stage.reset();
});

const one = async (more = {}) => (await seedTryOns(stage.db, 1, more))[0] ?? '';
const errorOf = async (id: string) => (await jobOf(stage, id)).error;

describe('a task that outlives its deadline', () => {
  it('fails its job as deadline_exceeded once a look says that it still runs', async () => {
    stage.simulator.turnDials({ delayMs: 60_000 });
    const id = await one();
    await stage.startWorker({ JOB_DEADLINE_MS: '700' });

    await untilAll(stage, [id], 'failed');

    expect(await errorOf(id)).toMatchObject({ code: 'deadline_exceeded' });
    const { states, attempts } = await jobOf(stage, id);
    expect(states).toEqual(['given_up']);
    expect(attempts[0]?.nextCheckAt?.getTime()).toBeGreaterThan(Date.now());
  });

  it('is looked at again, and images that come after all revive the job', async () => {
    stage.simulator.turnDials({ delayMs: 2_800, delayJitter: 0, lostCallbackRate: 1 });
    const id = await one();
    await stage.startWorker({ JOB_DEADLINE_MS: '1000' });

    await untilAll(stage, [id], 'failed');
    await untilAll(stage, [id], 'succeeded');

    const ends = await stage.db.prisma.event.findMany({ where: { tryOnId: id, kind: 'try_on.succeeded' } });
    expect(ends.map((event) => event.data)).toEqual([{ from: 'failed', revived: true }]);
    expect((await jobOf(stage, id)).urls).toHaveLength(1);
  });
});

describe('a submit of which nothing is ever heard', () => {
  it('fails its job as submission_unconfirmed at the deadline, and is not submitted again', async () => {
    stage.simulator.turnDials({ lostRequestRate: 1 });
    const id = await one();
    await stage.startWorker({ JOB_DEADLINE_MS: '1500' });

    await untilAll(stage, [id], 'failed');

    expect(await errorOf(id)).toMatchObject({ code: 'submission_unconfirmed' });
    expect((await jobOf(stage, id)).states).toEqual(['given_up']);
  });

  it('waits past its deadline while the provider cannot be asked, and ends by the first answered look', async () => {
    stage.simulator.turnDials({ lostRequestRate: 1, listingBroken: true, schedulerBroken: true });
    const id = await one();
    await stage.startWorker({ JOB_DEADLINE_MS: '400' });
    await eventually(async () => {
      const { status, attempts } = await jobOf(stage, id);
      expect(status).toBe('unconfirmed');
      expect(attempts[0]?.deadlineAt.getTime()).toBeLessThan(Date.now() - 600);
    });

    stage.simulator.turnDials({ schedulerBroken: false });
    const debug = () => stage.lines.filter((line) => line.includes('scheduler.read')).length;
    const before = debug();
    await eventually(() => expect(debug()).toBeGreaterThan(before + 2));
    expect(await jobOf(stage, id)).toMatchObject({ status: 'unconfirmed' });

    stage.simulator.turnDials({ listingBroken: false });
    await untilAll(stage, [id], 'failed');
    expect(await errorOf(id)).toMatchObject({ code: 'submission_unconfirmed' });
  });

  it('is submitted again once two complete looks prove that it never arrived', async () => {
    const control = await one();
    // A gap of a quarter of the grace between two looks would start it again.
    await stage.startWorker({ UNCONFIRMED_GRACE_MS: '3000' });
    await untilAll(stage, [control], 'succeeded');
    stage.simulator.turnDials({ lostRequestRate: 1 });
    const id = await one();
    await untilAll(stage, [id], 'unconfirmed');

    stage.simulator.turnDials({ lostRequestRate: 0 });
    await untilAll(stage, [id], 'succeeded');

    expect((await jobOf(stage, id)).states).toEqual(['disproved', 'ended_succeeded']);
    expect(stage.simulator.bill().accepted).toBe(2);
  });
});

describe('a task that answers 404', () => {
  it('proves nothing while it is young', async () => {
    stage.simulator.turnDials({ delayMs: 0, lostCallbackRate: 1, taskVisibleAfterMs: 700 });
    const id = await one();
    await stage.startWorker({ UNCONFIRMED_GRACE_MS: '3000' });

    await untilAll(stage, [id], 'succeeded');

    const polls = await stage.db.prisma.event.findMany({ where: { tryOnId: id, kind: 'attempt.polled' } });
    expect(polls.map((event) => event.data)).toContainEqual(expect.objectContaining({ result: 'not-found' }));
  });

  it('later than the grace, and in no listing, fails its job; while the listing is broken it waits', async () => {
    stage.simulator.turnDials({ delayMs: 60_000, listingBroken: true });
    const id = await one();
    await stage.startWorker();
    await untilAll(stage, [id], 'processing');
    stage.simulator.reset();
    await eventually(async () => {
      const [attempt] = (await jobOf(stage, id)).attempts;
      expect(attempt?.checks).toBeGreaterThan(2);
      expect(attempt?.answeredAt?.getTime()).toBeLessThan(Date.now() - 600);
    });
    expect(await jobOf(stage, id)).toMatchObject({ status: 'processing' });

    stage.simulator.turnDials({ listingBroken: false });
    await untilAll(stage, [id], 'failed');

    expect(await errorOf(id)).toMatchObject({
      code: 'generation_failed',
      providerStatus: 404,
      providerMessage: expect.stringMatching(/^Task \d+ not found$/),
    });
  });

  it('but still stands in the listing is not over', async () => {
    stage.simulator.turnDials({ delayMs: 0, lostCallbackRate: 1 });
    const id = await one();
    const context = await stage.context();
    const provider = {
      ...context.provider,
      task: async () => ({ kind: 'not-found', status: 404, message: 'Task not found' }) as const,
    };
    const worker = createWorker({ ...context, provider });
    await worker.start();

    await eventually(async () => {
      const [attempt] = (await jobOf(stage, id)).attempts;
      expect(attempt?.checks).toBeGreaterThan(2);
      expect(attempt?.answeredAt?.getTime()).toBeLessThan(Date.now() - 900);
    });
    expect(await jobOf(stage, id)).toMatchObject({ status: 'processing', states: ['accepted'] });
    await worker.close();
  });
});
