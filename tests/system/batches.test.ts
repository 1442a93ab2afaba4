import { type Batch, type BatchResult, type Catwalk, createCatwalk } from '@catwalk/client';
import { describeOnEachBackend, eventually, runSql } from '@catwalk/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectLimitsKept } from './expect-bill.js';
import { type System, startSystem } from './start-system.js';

const keyOf = (name: string) => name.padEnd(40, '-key');
const polled = { pollMs: 100 };
/** Five accounts with ten slots: as fast as two cores get jobs through. */
const dials = { delayMs: 50, delayJitter: 0.2, pictures: 'placeholder' } as const;

/** What is promised of 10,000 is tried with `CANCELED_LINES=10000`: a minute instead of seconds. */
const CANCELED_LINES = Number(process.env.CANCELED_LINES ?? 2_000);

describeOnEachBackend('a batch through the SDK', (backend) => {
  let system: System;
  let studio: Catwalk;
  let boutique: Catwalk;
  let operator: Catwalk;
  beforeAll(async () => {
    const env = {
      API_KEYS: `studio:${keyOf('studio')},boutique:${keyOf('boutique')}`,
      ADMIN_KEYS: `operator:${keyOf('operator')}`,
    };
    system = await startSystem({ redisUrl: backend.redisUrl, simulator: { dials }, env });
    const baseUrl = system.urls.api;
    const as = (name: string) => createCatwalk({ baseUrl, apiKey: keyOf(name) });
    [studio, boutique, operator] = [as('studio'), as('boutique'), as('operator')];
  });
  afterAll(() => system?.close());

  const attemptsOf = async (id: string) => {
    const counted = 'SELECT count(*)::int AS n FROM catwalk.attempt WHERE batch_id = $1';
    return (await runSql<{ n: number }>(system.databaseUrl, counted, [id]))[0]?.n ?? 0;
  };
  const untilClaimed = (id: string, count: number, timeoutMs = 30_000) =>
    eventually(async () => expect(await attemptsOf(id)).toBeGreaterThanOrEqual(count), { timeoutMs });
  /** How often the provider took each line of an input whose people are named so. */
  const billedFor = (name: string) =>
    Object.entries(system.simulator.bill().byInput).flatMap(([input, times]) =>
      input.includes(`/${name}-`) ? [times] : [],
    );

  it('from a spreadsheet: every line ends, counts add up at every look, and each result is read once', {
    timeout: 60_000,
  }, async () => {
    const lines = 300;
    const { id, total } = await studio.batches.create(sheet('sheet', lines), { format: 'csv' });
    expect(total).toBe(lines);
    const looks: Batch[] = [];
    const waited = studio.batches.wait(id, { ...polled, onProgress: (batch) => looks.push(batch) });
    const followed = await followResults(studio, id);
    const batch = await waited;

    expect(batch).toMatchObject({ state: 'finished', outcome: 'all_succeeded', imagesBilled: lines });
    for (const { counts, waiting } of looks) {
      expect(sum(counts)).toBe(lines);
      expect(sum(waiting)).toBe(lines - counts.succeeded - counts.failed - counts.canceled);
    }
    expect(looks.length).toBeGreaterThan(3);
    // The header is line 1.
    expect(linesOf(followed)).toEqual(upTo(lines).map((n) => n + 1));
    for (const { line, customId, metadata, images } of followed) {
      expect([customId, metadata]).toEqual([`sheet-${line - 1}`, { look: `no. ${line - 1}, "spring"` }]);
      expect(images).toHaveLength(1);
    }
    expect(followed).toEqual(await all(studio.batches.results(id)));
    expect(billedFor('sheet')).toEqual(new Array(lines).fill(1));
  });

  // What is promised of 10,000 lines, with a fifth of them: as many as two cores get through in some ten seconds. Tasks
  // are so short that the worker claims as fast as it can when the cancel comes.
  it('canceled at half: nothing goes out beyond what was claimed, and all that ended is in the results', {
    timeout: 60_000 + CANCELED_LINES * 20,
  }, async () => {
    const lines = CANCELED_LINES;
    const { id } = await studio.batches.create(people('canceled', lines));
    await untilClaimed(id, lines / 2, 30_000 + lines * 10);
    expect(await studio.batches.cancel(id)).toMatchObject({ state: 'canceling' });
    const claimed = await attemptsOf(id);
    expect(claimed).toBeLessThan(lines);
    const batch = await studio.batches.wait(id, polled);

    expect(batch).toMatchObject({ state: 'canceled', total: lines });
    expect(batch.counts).toMatchObject({ succeeded: claimed, canceled: lines - claimed, failed: 0 });
    expect(await attemptsOf(id)).toBe(claimed);
    expect(billedFor('canceled')).toEqual(new Array(claimed).fill(1));
    expect(linesOf(await all(studio.batches.results(id)))).toEqual(upTo(lines));
    expect(await all(studio.batches.results(id, { status: 'succeeded' }))).toHaveLength(claimed);
  });

  it('runs its pilot and waits, goes on when resumed, stops while paused, and finishes', {
    timeout: 60_000,
  }, async () => {
    const lines = 200;
    const { id } = await studio.batches.create(people('pilot', lines), { pilot: 10 });
    const piloted = await studio.batches.wait(id, { ...polled, untilPaused: true });
    expect(piloted).toMatchObject({ paused: { reason: 'pilot_review' }, counts: { succeeded: 10 } });
    expect(piloted.waiting).toEqual({ pilot_review: lines - 10 });
    expect(billedFor('pilot')).toHaveLength(10);
    const first = await all(studio.batches.results(id));
    const parts = first.map((result) => Math.floor((result.line - 1) / (lines / 10)));
    expect(parts.sort((a, b) => a - b)).toEqual(upTo(10).map((n) => n - 1));

    await studio.batches.resume(id);
    await untilClaimed(id, 50);
    const paused = await studio.batches.pause(id);
    const claimed = await attemptsOf(id);
    expect(paused).toMatchObject({ state: 'paused', paused: { reason: 'person', actor: 'studio' } });
    expect(claimed).toBeLessThan(lines);
    // Another batch gets all the way through meanwhile.
    const other = await boutique.batches.create(people('meanwhile', 60));
    expect(await boutique.batches.wait(other.id, polled)).toMatchObject({ outcome: 'all_succeeded' });
    expect(await attemptsOf(id)).toBe(claimed);

    await studio.batches.resume(id);
    expect(await studio.batches.wait(id, polled)).toMatchObject({ outcome: 'all_succeeded' });
    expect(billedFor('pilot')).toEqual(new Array(lines).fill(1));
  });

  it('whose failures are retried runs these again, under their ids, and nothing else', {
    timeout: 60_000,
  }, async () => {
    const lines = 200;
    system.simulator.turnDials({ failureRate: 0.3 });
    const { id } = await studio.batches.create(people('retried', lines), { pauseOnFailures: false });
    const before = await studio.batches.wait(id, polled);
    system.simulator.turnDials({ failureRate: 0 });
    const { failed } = before.counts;
    expect(failed).toBeGreaterThan(20);
    expect(failed).toBeLessThan(lines / 2);
    expect(before).toMatchObject({ outcome: 'some_failed', counts: { succeeded: lines - failed } });
    const results = await all(studio.batches.results(id));
    const failures = results.filter((result) => result.status === 'failed');

    expect(await studio.batches.retryFailed(id)).toMatchObject({ retried: failed, leftOut: {} });
    expect(await studio.batches.wait(id, polled)).toMatchObject({ outcome: 'all_succeeded', failures: {} });
    const after = results.at(-1)?.position;
    const again = await all(studio.batches.results(id, { after }));
    expect(idsOf(again)).toEqual(idsOf(failures));
    expect(idsOf(await all(studio.batches.results(id)))).toEqual(idsOf(results));
    expect(billedFor('retried').filter((times) => times === 2)).toHaveLength(failed);
    expect(sum(billedFor('retried'))).toBe(lines + failed);
  });

  it('that is small is not held up behind a large one, whoever sent that', {
    timeout: 60_000,
  }, async () => {
    await operator.pause();
    const large = await studio.batches.create(people('large', 1_000));
    const small = await studio.batches.create(people('small', 60));
    const others = await boutique.batches.create(people('others', 60));
    await operator.resume();
    await Promise.all([studio.batches.wait(small.id, polled), boutique.batches.wait(others.id, polled)]);
    await studio.batches.cancel(large.id);

    const claimed = await runSql<{ batch: string; at: number }>(
      system.databaseUrl,
      `SELECT batch_id AS batch, extract(epoch FROM sent_at)::float8 AS at FROM catwalk.attempt
       WHERE batch_id = ANY ($1) ORDER BY sent_at`,
      [[large.id, small.id, others.id]],
    );
    const before = (of: string, last: string) =>
      claimed
        .slice(
          0,
          claimed.findLastIndex((one) => one.batch === last),
        )
        .filter((one) => one.batch === of);
    // What is claimed together has no order of its own: a full round of the slots may go to one of them.
    const round = 50;
    expect(before(small.id, others.id).length + before(large.id, others.id).length).toBeLessThan(60 + round);
    expect(before(large.id, small.id).length).toBeLessThan(60 + round);
    expect(await studio.batches.wait(large.id, polled)).toMatchObject({ state: 'canceled' });
    expectLimitsKept(system.simulator.bill());
  });
});

const dressInput = 'https://pictures.example/dress.jpg';
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1);
const sum = (counts: object) => Object.values(counts).reduce((all, count) => all + count, 0);
const linesOf = (results: readonly BatchResult[]) =>
  results.map((result) => result.line).sort((a, b) => a - b);
const idsOf = (results: readonly BatchResult[]) => results.map((result) => result.id).sort();

/** Lines whose people are their own, so that the simulator's bill tells of each. */
function people(name: string, lines: number) {
  return upTo(lines).map((n) => ({ humanImage: personOf(name, n), dressInput, customId: `${name}-${n}` }));
}

function personOf(name: string, n: number): string {
  return `https://pictures.example/${name}-${n}.jpg`;
}

/** The same as a spreadsheet program writes it. */
function sheet(name: string, lines: number): string {
  const head = 'customId;humanImage;dressInput;metadata.look';
  const rows = upTo(lines).map(
    (n) => `${name}-${n};${personOf(name, n)};${dressInput};"no. ${n}, ""spring"""`,
  );
  return `\uFEFF${[head, ...rows].join('\r\n')}\r\n`;
}

/** Reads what has ended, again and again behind the last of it, until the batch is over and nothing is left. */
async function followResults(catwalk: Catwalk, id: string): Promise<BatchResult[]> {
  const results: BatchResult[] = [];
  for (;;) {
    const { state } = await catwalk.batches.get(id);
    const more = await all(catwalk.batches.results(id, { after: results.at(-1)?.position }));
    results.push(...more);
    if (state === 'finished' && more.length === 0) return results;
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
