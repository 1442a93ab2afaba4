import { databaseForFile, runSql } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import { fail, happen, submit, succeed } from './move-job.js';
import { as, garment, keyed, startApi } from './start-api.js';

const database = await databaseForFile();
const api = await startApi(database.url, keyed);

const create = async (name: 'anna' | 'ben' = 'anna'): Promise<string> =>
  (await api.post('/v1/try-ons', garment, as(name))).body.id;
const adopt = (id: string, body: unknown, name: Parameters<typeof as>[0] = 'anna') =>
  api.post(`/v1/try-ons/${id}/adopt`, body, as(name));

/** A job whose submit got no answer. */
async function unconfirmed(): Promise<{ id: string; attemptId: string }> {
  const id = await create();
  const attemptId = await submit(api.database, id);
  await happen(api.database, id, { type: 'attempt', attemptId, event: { type: 'unanswered' } });
  return { id, attemptId };
}

describe('adopting a task', () => {
  it('makes it the job’s own, to be read by the worker at once, and says who did it', async () => {
    const { id, attemptId } = await unconfirmed();
    const answer = await adopt(id, { providerTaskId: '9007199254740993' });
    expect(answer).toMatchObject({
      status: 200,
      body: { id, status: 'processing', providerTaskId: '9007199254740993', error: null },
    });
    const [attempt] = await runSql(
      database.url,
      `SELECT state, provisional, images_billed, next_check_at <= now() AS due FROM catwalk.attempt WHERE id = $1`,
      [attemptId],
    );
    expect(attempt).toEqual({ state: 'accepted', provisional: true, images_billed: 1, due: true });
    const { data } = (await api.request(`/v1/try-ons/${id}/timeline`, { headers: as('anna') })).body;
    expect(data.find((entry: { kind: string }) => entry.kind === 'try_on.adopted')).toMatchObject({
      actor: 'anna',
      attempt: 1,
      data: { providerTaskId: '9007199254740993', account: 'anna@example.com' },
    });
  });

  it('asked for twice is one adoption, and the task is read again', async () => {
    const { id, attemptId } = await unconfirmed();
    await adopt(id, { providerTaskId: '71' });
    const hold = `UPDATE catwalk.attempt SET next_check_at = now() + interval '1 hour' WHERE id = $1`;
    await runSql(database.url, hold, [attemptId]);
    expect(await adopt(id, { providerTaskId: '71' })).toMatchObject({ status: 200 });
    const [row] = await runSql(
      database.url,
      `SELECT (SELECT next_check_at <= now() FROM catwalk.attempt WHERE id = $1) AS due,
         (SELECT count(*)::int FROM catwalk.event WHERE attempt_id = $1 AND kind = 'try_on.adopted') AS facts`,
      [attemptId],
    );
    expect(row).toEqual({ due: true, facts: 1 });
  });

  it('of a failed job leaves it failed until its images come, which revive it', async () => {
    const { id, attemptId } = await unconfirmed();
    await happen(api.database, id, { type: 'attempt', attemptId, event: { type: 'given-up' } });
    const adopted = await adopt(id, { providerTaskId: '72' });
    expect(adopted).toMatchObject({ status: 200, body: { status: 'failed', providerTaskId: '72' } });
    const images = [{ url: 'https://cdn.example/found.png', width: null, height: null }];
    const event = { type: 'succeeded', taskId: '72', images } as const;
    await happen(api.database, id, { type: 'attempt', attemptId, event });
    const shown = await api.request(`/v1/try-ons/${id}`, { headers: as('anna') });
    expect(shown.body).toMatchObject({ status: 'succeeded', error: null, images: [{ index: 0 }] });
  });

  it('withdraws a resubmit that is not sent yet', async () => {
    const { id, attemptId } = await unconfirmed();
    await happen(api.database, id, { type: 'attempt', attemptId, event: { type: 'disproved' } });
    expect((await adopt(id, { providerTaskId: '73' })).body).toMatchObject({ status: 'processing' });
  });

  it('is 409 not_adoptable where nothing lacks a task', async () => {
    const queued = await create();
    const succeeded = await create();
    await succeed(api.database, succeeded, '74');
    const sending = await create();
    await submit(api.database, sending);
    for (const id of [queued, succeeded, sending])
      expect(await adopt(id, { providerTaskId: '75' })).toMatchObject({
        status: 409,
        body: { code: 'not_adoptable', retryable: false },
      });
  });

  it('by a wrong number gives way to the right one, and does not shut out the job’s own task', async () => {
    const { id, attemptId } = await unconfirmed();
    await adopt(id, { providerTaskId: '801' });
    expect((await adopt(id, { providerTaskId: '802' })).body).toMatchObject({ providerTaskId: '802' });
    const images = [{ url: 'https://cdn.example/own.png', width: null, height: null }];
    const event = { type: 'succeeded', taskId: '803', images } as const;
    await happen(api.database, id, { type: 'attempt', attemptId, event });
    const shown = await api.request(`/v1/try-ons/${id}`, { headers: as('anna') });
    expect(shown.body).toMatchObject({ status: 'succeeded', providerTaskId: '803', images: [{ index: 0 }] });
  });

  it('of one task for many jobs at the same moment is never two jobs’', async () => {
    const jobs = await Promise.all(Array.from({ length: 6 }, unconfirmed));
    const answers = await Promise.all(jobs.map(({ id }) => adopt(id, { providerTaskId: '804' })));
    const held = await runSql(database.url, `SELECT 1 FROM catwalk.attempt WHERE provider_task_id = '804'`);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(held.length);
    expect(held.length).toBeLessThanOrEqual(1);
  });

  it('is 409 not_adoptable for a task that another attempt of the account has, for certain or not', async () => {
    const inferred = await unconfirmed();
    const event = { type: 'accepted', taskId: '79', provisional: true } as const;
    await happen(api.database, inferred.id, { type: 'attempt', attemptId: inferred.attemptId, event });
    expect(await adopt((await unconfirmed()).id, { providerTaskId: '79' })).toMatchObject({ status: 409 });
    await succeed(api.database, await create('ben'), '76');
    const { id } = await unconfirmed();
    expect(await adopt(id, { providerTaskId: '76' })).toMatchObject({
      status: 409,
      body: { code: 'not_adoptable' },
    });
    const shown = await api.request(`/v1/try-ons/${id}`, { headers: as('anna') });
    expect(shown.body).toMatchObject({ status: 'unconfirmed', providerTaskId: null });
  });

  it('takes the newest attempt that may have reached the provider', async () => {
    const { id, attemptId } = await unconfirmed();
    await happen(api.database, id, { type: 'attempt', attemptId, event: { type: 'disproved' } });
    const second = await submit(api.database, id, 2);
    await happen(api.database, id, { type: 'attempt', attemptId: second, event: { type: 'deferred' } });
    await adopt(id, { providerTaskId: '77' });
    const [owner] = await runSql(
      database.url,
      `SELECT id FROM catwalk.attempt WHERE provider_task_id = '77'`,
    );
    expect(owner).toEqual({ id: attemptId });
  });

  it('is for the job’s own client and for admins; to anybody else there is no such job', async () => {
    const { id } = await unconfirmed();
    expect(await adopt(id, { providerTaskId: '78' }, 'ben')).toMatchObject({
      status: 404,
      body: { code: 'try_on_not_found' },
    });
    expect((await adopt(id, { providerTaskId: '78' }, 'admin')).status).toBe(200);
  });

  it.each([
    [{}],
    [{ providerTaskId: 5 }],
    [{ providerTaskId: '' }],
    [{ providerTaskId: '12a' }],
    [{ providerTaskId: '1'.repeat(65) }],
    [{ providerTaskId: null }],
    [{ providerTaskId: '1', why: 'x' }],
  ])('refuses %j by name', async (body) => {
    const id = await create();
    const answer = await adopt(id, body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(answer.body.errors[0].path).toMatch(/^(providerTaskId|why)$/);
  });

  it('may not be done without naming the task', async () => {
    const id = await create();
    const answer = await api.request(`/v1/try-ons/${id}/adopt`, { method: 'POST', headers: as('anna') });
    expect(answer.status).toBe(415);
    await fail(api.database, id);
  });
});
