import { setTimeout as pause } from 'node:timers/promises';
import type { AttemptEvent } from '@catwalk/core';
import { judgeJob, listOpenAttempts } from '@catwalk/infra/postgres';
import { anna, claimSettings, seedAccounts, seedTryOns, startAttempts } from '@catwalk/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import type { WorkerContext } from '../src/index.js';
import { searchEvidence } from '../src/search-evidence.js';
import { startSweepClock } from '../src/sweep-clock.js';
import { createStage, endContext, type Stage } from './start-stage.js';

const ben = 'ben@example.com';
const stageOf = createStage(undefined);
let stage: Stage;
beforeEach(async () => {
  stage = await stageOf();
  await stage.reset();
});

type Provider = WorkerContext['provider'];
const STANDSTILL_MS = 300;

/** An attempt of the account whose answer was lost; the provider never had it. */
async function unknown(account: string): Promise<string> {
  const ids = await seedTryOns(stage.db, 1, { email: account });
  const [job] = await startAttempts(stage.db, ids, { ...claimSettings, account });
  if (job === undefined) throw new Error('a job was asked for');
  const event: AttemptEvent = { type: 'unanswered' };
  await judgeJob(stage.db, {
    jobId: job.jobId,
    actor: 'worker',
    event: { type: 'attempt', attemptId: job.attemptId, event },
  });
  return job.attemptId;
}

async function sweep(
  context: WorkerContext,
  more: Partial<Provider> = {},
  scheduler: 'answers' | 'is broken' = 'answers',
): Promise<void> {
  const { now, attempts } = await listOpenAttempts(stage.db);
  const clock = startSweepClock(now, STANDSTILL_MS);
  const running = scheduler === 'answers' ? [] : null;
  await searchEvidence({ ...context, provider: { ...context.provider, ...more } }, attempts, {
    clock,
    running,
  });
}

const row = (id: string) => stage.db.prisma.attempt.findUniqueOrThrow({ where: { id } });
const page = (tasks: readonly { taskId: string; createdAtMs: number }[]) => ({
  kind: 'answered' as const,
  value: { tasks: tasks.map((task) => ({ ...task, inputs: {}, imageCount: 1 })), full: false },
  status: 200,
  dateHeader: null,
});

describe('an account whose listing takes long', () => {
  it('does not restart the grace of another’s attempts, nor of its own', async () => {
    await seedAccounts(stage.db, { [anna]: 5, [ben]: 5 });
    const context = await stage.context();
    const ids = [await unknown(anna), await unknown(ben)];
    const slow: Provider['tasks'] = async ({ email, createdBeforeMs = 0 }) => {
      if (email === anna) return page([]);
      await pause(STANDSTILL_MS / 3);
      const createdAtMs = Math.min(createdBeforeMs, Date.now()) - 70_000;
      return page([{ taskId: String(createdAtMs), createdAtMs }]);
    };

    await sweep(context, { tasks: slow });
    const rows = await Promise.all(ids.map(row));
    await sweep(context, { tasks: async () => page([]) });

    for (const [n, id] of ids.entries()) {
      const after = await row(id);
      const before = rows[n];
      expect(after.sweptAt?.getTime()).toBeGreaterThan(before?.sweptAt?.getTime() ?? Number.NaN);
      expect(after.graceFrom).toEqual(after.stateSince);
      expect(after.interruptedAt).toBeNull();
    }
    await endContext(context);
  });
});

describe('a machine that stood still while it looked', () => {
  it('proves nothing by that look, and starts the grace again by the next', async () => {
    await seedAccounts(stage.db, { [anna]: 5 });
    const context = await stage.context();
    const id = await unknown(anna);
    const frozen: Provider['tasks'] = async () => {
      await pause(STANDSTILL_MS + 100);
      return page([]);
    };

    await sweep(context, { tasks: frozen });
    await sweep(context);

    const { graceFrom, stateSince, interruptedAt } = await row(id);
    expect(graceFrom?.getTime()).toBeGreaterThan(stateSince.getTime() + STANDSTILL_MS);
    expect(interruptedAt).toEqual(graceFrom);
    await endContext(context);
  });
});

describe('why a look proved nothing', () => {
  it('is told in the timeline when the reason changes, and in each sweep’s log line', async () => {
    await seedAccounts(stage.db, { [anna]: 5 });
    const context = await stage.context();
    const id = await unknown(anna);

    await sweep(context);
    await sweep(context);
    await sweep(context, {}, 'is broken');
    await sweep(context, {}, 'is broken');
    await sweep(context, { tasks: async () => ({ kind: 'unanswered', status: 502, reason: 'down' }) });

    const events = await stage.db.prisma.event.findMany({
      where: { attemptId: id, kind: 'attempt.searched' },
      orderBy: { id: 'asc' },
    });
    expect(events.map((event) => event.data)).toEqual([
      { doubt: 'no_known_task_before' },
      { doubt: 'scheduler_unanswered' },
      { doubt: 'listing_unanswered' },
    ]);
    const lines = stage.lines.filter((line) => line.includes('evidence.searched'));
    expect(JSON.parse(lines.at(-1) ?? '{}')).toMatchObject({
      account: anna,
      searched: 1,
      doubts: { listing_unanswered: 1 },
    });
    await endContext(context);
  });
});
