import { type Batch, batchSchema } from '@catwalk/contract';
import { databaseForFile, seedBatchRows } from '@catwalk/testkit';
import { expect, it } from 'vitest';
import { foldAll } from './fold-all.js';
import { fail, happen, submit, succeed } from './move-job.js';
import { as, keyed, startApi } from './start-api.js';

const database = await databaseForFile();
const api = await startApi(database.url, keyed);
const SAMPLES = 1_000;
const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0);

it('the counts of a batch add up in every sample while its jobs move and end', {
  timeout: 90_000,
}, async () => {
  const { id, jobIds } = await seedBatchRows(database.url, { lines: 20_000 });
  const samples: Batch[] = [];
  const isOver = () => samples.length >= SAMPLES;
  const waiting = jobIds.slice();

  /** Brings one job after the other to some end, or leaves it in flight; now and then the ends are folded. */
  async function work(): Promise<void> {
    for (let n = 0; !isOver(); n += 1) {
      const job = waiting.shift() ?? '';
      if (n % 4 === 0) await fail(api.database, job);
      else if (n % 4 === 1) await happen(api.database, job, { type: 'canceled-by-client' });
      else if (n % 20 === 2) await submit(api.database, job);
      else await succeed(api.database, job, job);
      if (n % 7 === 0) await foldAll(api.database);
    }
  }
  async function sample(): Promise<void> {
    while (!isOver()) {
      const { body } = await api.request(`/v1/batches/${id}`, { headers: as('anna') });
      samples.push(batchSchema.parse(body));
    }
  }
  await Promise.all([work(), sample()]);

  const ended = ({ counts }: Batch) => counts.succeeded + counts.failed + counts.canceled;
  for (const [n, { total, counts, waiting, failures }] of samples.entries()) {
    expect(sum(counts)).toBe(total);
    expect(Math.min(...Object.values(counts))).toBeGreaterThanOrEqual(0);
    expect(sum(waiting)).toBe(total - ended(samples[n] as Batch));
    expect(sum(failures)).toBe(counts.failed);
    expect(ended(samples[n] as Batch)).toBeGreaterThanOrEqual(ended(samples[Math.max(0, n - 1)] as Batch));
  }
  expect(new Set(samples.map(ended)).size).toBeGreaterThan(100);
});
