import { usageSchema } from '@catwalk/contract';
import { databaseForFile, eventually, runSql, seedTryOns, startAttempts } from '@catwalk/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { happen } from './move-job.js';
import { as, keyed, startApi } from './start-api.js';

const database = await databaseForFile();
const api = await startApi(database.url, { ...keyed, imagePrice: { amount: '0.055', currency: 'EUR' } });
const usage = async (query: string, name: Parameters<typeof as>[0] = 'admin') => {
  const answer = await api.request(`/v1/usage?${query}`, { headers: as(name) });
  expect(answer.body).toMatchObject({ object: 'usage' });
  return usageSchema.parse(answer.body);
};

const ANNA = 'anna@example.com';
const BEN = 'ben@example.com';
const FIRST = '2030-01-01';
const SECOND = '2030-01-02';
const range = 'from=2030-01-01&to=2030-01-03';

/** Submits a job on an account, at a time, and lets it end. */
async function submit(
  id: string,
  account: string,
  sentAt: string,
  end: 'succeeded' | 'failed' | 'deferred' | 'unknown',
) {
  const [job] = await startAttempts(api.database, [id], { account });
  if (job === undefined) throw new Error('one job was to start');
  const { attemptId } = job;
  const on = (event: object) => happen(api.database, id, { type: 'attempt', attemptId, event } as never);
  const failure = { code: 'generation_failed', message: '', providerStatus: null, providerMessage: null };
  if (end === 'succeeded')
    await on({
      type: 'succeeded',
      taskId: attemptId,
      images: [{ url: 'https://cdn.example/1', width: 1, height: 1 }],
    });
  if (end === 'failed') await on({ type: 'failed', taskId: attemptId, failure });
  if (end === 'deferred') await on({ type: 'deferred' });
  if (end === 'unknown') await on({ type: 'unanswered' });
  await runSql(database.url, 'UPDATE catwalk.attempt SET sent_at = $2 WHERE id = $1', [attemptId, sentAt]);
}

beforeAll(async () => {
  const [one = '', two = '', three = ''] = await seedTryOns(api.database, 3, {
    client: 'anna',
    imageCount: 2,
  });
  const [four = ''] = await seedTryOns(api.database, 1, { client: 'ben' });
  await runSql(database.url, `UPDATE catwalk.try_on SET batch_id = 'bat_1' WHERE id = ANY($1)`, [[one, two]]);
  await submit(one, ANNA, '2030-01-01T00:00:00Z', 'succeeded');
  // Failed on one day, retried on the next, on another account.
  await submit(two, ANNA, '2030-01-01T23:59:59.999Z', 'failed');
  await happen(api.database, two, { type: 'retried-by-client', mayBillTwice: false });
  await submit(two, BEN, '2030-01-02T00:00:00Z', 'succeeded');
  await submit(three, BEN, '2030-01-02T12:00:00Z', 'unknown');
  await submit(four, BEN, '2030-01-02T13:00:00Z', 'failed');
  const [later = '', deferred = ''] = await seedTryOns(api.database, 2, { client: 'ben' });
  await submit(later, ANNA, '2030-01-03T00:00:00Z', 'succeeded');
  await submit(deferred, ANNA, '2030-01-01T12:00:00Z', 'deferred');
});

const counts = (
  images: number,
  billed: number,
  jobs: number,
  succeeded: number,
  failed: number,
  amount: string,
) => ({
  imagesSubmitted: images,
  imagesBilled: billed,
  jobsSubmitted: jobs,
  jobsSucceeded: succeeded,
  jobsFailed: failed,
  estimatedCost: { amount, currency: 'EUR' },
});
const none = { day: null, account: null, client: null, batchId: null };

describe('GET /v1/usage', () => {
  it('counts a job once in the total, however often it was submitted, from inclusive and to exclusive', async () => {
    const answer = await usage(range);
    expect(answer).toMatchObject({
      from: '2030-01-01T00:00:00.000Z',
      to: '2030-01-03T00:00:00.000Z',
      by: [],
      data: [],
    });
    expect(answer.total).toEqual(counts(9, 7, 4, 2, 1, '0.385'));
  });

  it('by day counts it in each row that one of its submits belongs to', async () => {
    expect((await usage(`${range}&by=day`)).data).toEqual([
      { ...none, day: FIRST, ...counts(4, 4, 2, 2, 0, '0.220') },
      { ...none, day: SECOND, ...counts(5, 3, 3, 1, 1, '0.165') },
    ]);
  });

  it('groups by any of day, account, client and batch, in that order', async () => {
    const answer = await usage(`${range}&by=batch,client`);
    expect(answer.by).toEqual(['client', 'batch']);
    expect(answer.data).toEqual([
      { ...none, client: 'anna', batchId: 'bat_1', ...counts(6, 6, 2, 2, 0, '0.330') },
      { ...none, client: 'anna', ...counts(2, 0, 1, 0, 0, '0.000') },
      { ...none, client: 'ben', ...counts(1, 1, 1, 0, 1, '0.055') },
    ]);
    const all = await usage(`${range}&by=day,account,client,batch`);
    expect(all.data.map(({ day, account, imagesSubmitted }) => [day, account, imagesSubmitted])).toEqual([
      [FIRST, ANNA, 4],
      [SECOND, BEN, 2],
      [SECOND, BEN, 2],
      [SECOND, BEN, 1],
    ]);
    expect(all.total).toEqual(answer.total);
  });

  it('shows a client its own alone, and an admin everyone’s', async () => {
    expect((await usage(`${range}&by=client`, 'ben')).data.map((row) => row.client)).toEqual(['ben']);
    expect((await usage(range, 'anna')).total).toEqual(counts(8, 6, 3, 2, 0, '0.330'));
  });

  it('of a range without submits is nothing, and without a range is the last 30 days', async () => {
    const empty = await usage('from=2020-01-01T12:00:00Z&to=2020-01-01T13:00:00%2B00:30&by=day');
    expect([empty.data, empty.total]).toEqual([[], counts(0, 0, 0, 0, 0, '0.000')]);
    const { from, to } = await usage('');
    expect(Date.parse(to) - Date.parse(from)).toBe(30 * 86_400_000);
    expect(to).toMatch(/T00:00:00\.000Z$/);
    expect(Date.parse(to)).toBeGreaterThan(Date.now());
  });

  it.each([
    ['from=yesterday', 'from'],
    ['from=2030-02-30', 'from'],
    ['to=2030-01-01T00:00:00', 'to'],
    ['from=2030-01-02&to=2030-01-02', 'from'],
    ['from=2030-01-02&to=2030-01-01', 'from'],
    ['from=2028-01-01&to=2030-01-01', 'from'],
    ['by=day,week', 'by'],
    ['by=', 'by'],
    ['by=day&by=client', 'by'],
    ['client=anna', 'client'],
  ])('refuses %s naming %s', async (query, path) => {
    const answer = await api.request(`/v1/usage?${query}`, { headers: as('admin') });
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
    expect(answer.body.errors).toMatchObject([{ path }]);
  });
});

it('usage is summed up for two at a time, and others are told to ask again', async () => {
  const ask = () => api.request('/v1/usage', { headers: as('admin') });
  const asked: Promise<Awaited<ReturnType<typeof ask>>>[] = [];
  await api.database.prisma.$transaction(async (tx) => {
    await tx.$executeRaw`LOCK TABLE catwalk.attempt IN ACCESS EXCLUSIVE MODE`;
    for (let n = 0; n < 3; n += 1) asked.push(ask());
    const first = await Promise.race(asked);
    expect([first.status, first.headers.get('retry-after'), first.body.retryable]).toEqual([429, '1', true]);
  });
  const answers = await Promise.all(asked);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 429]);
});

it('a job that waits for tomorrow’s images says so, and until when', async () => {
  await runSql(
    database.url,
    `INSERT INTO catwalk.ceiling (scope, name, images, left_images, reached_at) VALUES ('client', 'anna', 1, 0, clock_timestamp())`,
  );
  const created = await api.post(
    '/v1/try-ons',
    { humanImage: 'https://pictures.example/p.jpg', dressInput: 'https://pictures.example/d.jpg' },
    as('anna'),
  );
  await eventually(async () => {
    const { body } = await api.request(`/v1/try-ons/${created.body.id}`, { headers: as('anna') });
    const times = { since: expect.any(String), until: expect.stringMatching(/T00:00:00\.000Z$/) };
    expect(body.waitingFor).toMatchObject({ code: 'budget', ...times });
  });
});
