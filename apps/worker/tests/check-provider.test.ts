import { openDatabase } from '@catwalk/infra/postgres';
import { createProviderClient } from '@catwalk/provider';
import { createSimulator } from '@catwalk/simulator';
import { databaseForFile, runSql } from '@catwalk/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { checkLive } from '../src/check-live.js';
import { checkProvider } from '../src/check-provider.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 2 });
const anna = { email: 'anna@example.com', maxJobs: 5 };
const simulator = createSimulator({
  port: 0,
  accounts: [anna, { email: 'ben@example.com', maxJobs: 10 }],
  dials: { delayMs: 600_000, pictures: 'placeholder' },
});
const { url } = await simulator.start();
afterAll(async () => {
  await db.close();
  await simulator.close();
});

const clientAt = (baseUrl: string, token = 'sandbox') =>
  createProviderClient({ baseUrl, token, submitTimeoutMs: 5_000, readTimeoutMs: 2_000 });
const provider = clientAt(url);

/** Starts a task, and tells its id. */
async function startTask(replyRef: string, email = anna.email): Promise<string> {
  const { outcome } = await provider.submit({
    email,
    humanImage: `https://pictures.example/${replyRef}.jpg`,
    dressInput: 'https://pictures.example/dress.jpg',
    upperInput: null,
    lowerInput: null,
    imageCount: 1,
    replyUrl: null,
    replyRef,
  });
  if (outcome.kind !== 'accepted') throw new Error(`the task was ${outcome.kind}`);
  return outcome.taskId;
}

/** An attempt of this database that holds a task. */
async function own(replyRef: string, taskId: string | null): Promise<void> {
  await runSql(
    database.url,
    `WITH t AS (INSERT INTO catwalk.try_on (id, client, origin, human_image, image_count, priority, lane, status,
         status_since, due_at, created_at, updated_at)
       VALUES ('try_' || $1, 'shop', 'api', 'https://a', 1, 1, '*', 'processing', now(), now(), now(), now()) RETURNING id, client)
     INSERT INTO catwalk.attempt (id, try_on_id, client, number, reply_ref, account, state, state_since, provider_task_id,
       image_count, sent_at, deadline_at)
     SELECT $1, t.id, t.client, 1, $1, $2, 'accepted', now(), $3, 1, now(), now() FROM t`,
    [replyRef, anna.email, taskId],
  );
}

describe('what the provider has of ours', () => {
  it('passes when accounts and limits agree and nothing else runs', async () => {
    const results = await checkProvider(provider, [anna], db);
    expect(results.map(({ check, severity }) => [check, severity])).toEqual([
      ['accounts', 'ok'],
      ['open tasks', 'ok'],
    ]);
  });

  it('is warned of where a limit is above the provider’s own', async () => {
    const results = await checkProvider(provider, [{ ...anna, maxJobs: 6 }], db);
    expect(results.find((one) => one.check === 'limits')).toMatchObject({
      severity: 'warn',
      code: 'limit_above_provider',
      message: expect.stringMatching(/anna@example.com \(6, the provider allows 5\).*lower/),
    });
  });

  it('is warned of where an account is not among the provider’s', async () => {
    const [accounts] = await checkProvider(provider, [anna, { email: 'zoe@example.com', maxJobs: 1 }], db);
    expect(accounts).toMatchObject({
      severity: 'warn',
      code: 'account_unknown',
      message: expect.stringMatching(/zoe@example.com.*USEAPI_ACCOUNTS/),
    });
  });

  it('is warned of where tasks are open that are not ours, counted by account', async () => {
    await own('att_by_task', await startTask('of another reference'));
    await startTask('att_by_reference');
    await own('att_by_reference', null);
    await startTask('of somebody');
    await startTask('of somebody too', 'ben@example.com');
    await startTask('of somebody as well', 'ben@example.com');
    const results = await checkProvider(provider, null, db);
    expect(results.find((one) => one.check === 'open tasks')).toMatchObject({
      severity: 'warn',
      code: 'foreign_tasks',
      message: expect.stringContaining('(anna@example.com 1, ben@example.com 2)'),
    });
  });

  it('is only warned of where it cannot be asked', async () => {
    const results = await checkProvider(clientAt('http://127.0.0.1:9'), [anna], db);
    expect(results.map(({ severity, code }) => [severity, code])).toEqual([
      ['warn', 'provider_unanswered'],
      ['warn', 'provider_unanswered'],
    ]);
  });
});

describe('before money is spent', () => {
  it('token, slots and credits are told', async () => {
    const results = await checkLive(provider);
    expect(results.map(({ check, severity }) => [check, severity])).toEqual([
      ['token', 'ok'],
      ['slots', 'ok'],
      ['credits', 'ok'],
      ['credits', 'ok'],
    ]);
    expect(results[1]?.message).toContain('anna@example.com 3 of 5 taken');
    expect(results[2]?.message).toBe('anna@example.com has 66000 points left');
  });

  it('a token that the provider does not take is refused, and nothing more is asked with it', async () => {
    const results = await checkLive(clientAt(url, 'wrong'));
    expect(results).toEqual([
      expect.objectContaining({
        severity: 'refuse',
        code: 'token_refused',
        message: expect.stringContaining('USEAPI_TOKEN'),
      }),
    ]);
    expect(results[0]?.message).not.toContain('wrong');
  });

  it('an account whose session is broken is warned of', async () => {
    simulator.putAccount('ben@example.com', { errorState: 596 });
    const results = await checkLive(provider);
    expect(results.at(-1)).toMatchObject({
      severity: 'warn',
      code: 'account_at_fault',
      message: expect.stringMatching(/^ben@example.com cannot be used \(session expired/),
    });
  });
});
