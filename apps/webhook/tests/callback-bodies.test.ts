import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { leaseDueLooks } from '@catwalk/infra/postgres';
import { databaseForFile } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import { startWebhook } from './start-webhook.js';
import { failureBody, progressBody, taskBody } from './task-body.js';

const database = await databaseForFile();
const { db, post, attempt, attempts, stateOf, kept } = await startWebhook(database.url);

describe('the body of a callback', () => {
  it('may begin with a BOM', async () => {
    const job = await attempt();

    expect((await post(job.replyRef, `\uFEFF${taskBody('1')}`)).status).toBe(200);
    expect(await stateOf(job)).toMatchObject({ status: 'succeeded' });
    expect((await kept(job.replyRef))[0]?.body.slice(0, 3)).toEqual(new Uint8Array([0xef, 0xbb, 0xbf]));
  });

  it('may hold invalid UTF-8: it is kept raw and read with replacement characters', async () => {
    const job = await attempt();
    const [before, after] = failureBody('2', 'broken: SPLIT').split('SPLIT');
    const body = Buffer.concat([
      Buffer.from(before ?? ''),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(after ?? ''),
    ]);

    expect((await post(job.replyRef, body)).status).toBe(200);
    expect(Buffer.from((await kept(job.replyRef))[0]?.body ?? [])).toEqual(body);
    const row = await db.prisma.tryOn.findUnique({ where: { id: job.jobId } });
    expect(row?.error).toMatchObject({ providerMessage: 'broken: \uFFFD\uFFFD' });
  });

  it('that is invalid UTF-8 and no JSON even then is kept raw', async () => {
    const job = await attempt();
    const body = Buffer.from([0x7b, 0xff, 0x00, 0x22]);

    expect((await post(job.replyRef, body)).status).toBe(400);
    expect(Buffer.from((await kept(job.replyRef))[0]?.body ?? [])).toEqual(body);
  });

  it('may be of any content type, and packed', async () => {
    const [plain, packed] = await attempts(2);
    if (plain === undefined || packed === undefined) throw new Error('two jobs were asked for');

    expect((await post(plain.replyRef, taskBody('3'), { 'content-type': 'text/plain' })).status).toBe(200);
    expect(
      (await post(packed.replyRef, gzipSync(taskBody('4')), { 'content-encoding': 'gzip' })).status,
    ).toBe(200);
    for (const job of [plain, packed]) expect(await stateOf(job)).toMatchObject({ status: 'succeeded' });
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('packed as %s is kept as it came, and applied', async (coding, pack) => {
    const job = await attempt();
    const packed = pack(taskBody(`41${coding.length}`));

    expect((await post(job.replyRef, packed, { 'content-encoding': coding })).status).toBe(200);

    const [callback] = await kept(job.replyRef);
    expect(callback?.decision).toBe('applied');
    expect(Buffer.from(callback?.body ?? []).equals(packed)).toBe(true);
  });

  it.each([
    ['in a way nobody here knows', 'zstd', Buffer.from('28b52ffd', 'hex')],
    ['and broken off', 'gzip', gzipSync(taskBody('42')).subarray(0, 60)],
    ['not at all', 'gzip', Buffer.from(taskBody('43'))],
    ['so that 1 MB becomes more', 'gzip', gzipSync(taskBody('44').padEnd(1_048_577))],
    ['twice', 'gzip, gzip', gzipSync(gzipSync(taskBody('45')))],
  ])('packed %s is kept raw, never applied', async (_how, coding, body) => {
    const job = await attempt();

    expect((await post(job.replyRef, body, { 'content-encoding': coding })).status).toBe(400);

    const [callback] = await kept(job.replyRef);
    expect(callback?.decision).toBe('malformed');
    expect(Buffer.from(callback?.body ?? []).equals(body)).toBe(true);
    expect(await stateOf(job)).toMatchObject({ attempt: 'sending' });
  });

  it('is progress when it says succeed without status_final', async () => {
    const [without, withFalse] = await attempts(2);
    if (without === undefined || withFalse === undefined) throw new Error('two jobs were asked for');

    await post(without.replyRef, taskBody('5', { final: null }));
    await post(withFalse.replyRef, taskBody('6', { final: false }));

    for (const job of [without, withFalse]) {
      expect(await kept(job.replyRef)).toMatchObject([{ decision: 'progress' }]);
      expect(await stateOf(job)).toEqual({ status: 'processing', attempt: 'accepted', urls: [] });
    }
  });

  it('ends the job as failed with the provider’s words, as rejected where they mean moderation', async () => {
    const [failed, moderated] = await attempts(2);
    if (failed === undefined || moderated === undefined) throw new Error('two jobs were asked for');

    await post(failed.replyRef, failureBody('7', 'No person detected'));
    await post(moderated.replyRef, failureBody('8', 'Rejected: sensitive content'));

    const rows = await db.prisma.tryOn.findMany({
      where: { id: { in: [failed.jobId, moderated.jobId] } },
      orderBy: { id: 'asc' },
    });
    expect(rows.map((row) => row.error)).toMatchObject([
      { code: 'generation_failed', providerStatus: null, providerMessage: 'No person detected' },
      { code: 'content_rejected', providerStatus: null, providerMessage: 'Rejected: sensitive content' },
    ]);
  });

  it.each([
    ['on the wire', null],
    ['known to run', progressBody('92')],
  ])(
    'lets the task be asked for when it succeeded without images, of an attempt that is %s',
    async (_state, before) => {
      const job = await attempt();
      const taskId = before === null ? '91' : '92';
      if (before !== null) await post(job.replyRef, before);

      await post(job.replyRef, taskBody(taskId, { images: [] }));

      const row = await db.prisma.tryOn.findUnique({ where: { id: job.jobId } });
      expect(row).toMatchObject({ status: 'processing', error: null });
      const due = await leaseDueLooks(db, { leaseMs: 60_000, limit: 10 });
      expect(due.map((one) => [one.id, one.providerTaskId])).toContainEqual([job.attemptId, taskId]);
    },
  );
});

describe('the replyRef in the body', () => {
  it.each([
    ['at the top', (ref: string) => taskBody('11', { extra: `,"replyRef":"${ref}"` })],
    ['under task', (ref: string) => taskBody('12', { inTask: `,"replyRef":"${ref}"` })],
    ['under request', (ref: string) => taskBody('13', { extra: `,"request":{"replyRef":"${ref}"}` })],
    ['under response', (ref: string) => taskBody('14', { extra: `,"response":{"replyRef":"${ref}"}` })],
    ['under job', (ref: string) => taskBody('15', { extra: `,"job":{"replyRef":"${ref}"}` })],
  ])('is found %s: the right one is applied, a wrong one is refused', async (_where, bodyWith) => {
    const [right, wrong] = await attempts(2);
    if (right === undefined || wrong === undefined) throw new Error('two jobs were asked for');

    expect((await post(right.replyRef, bodyWith(right.replyRef))).status).toBe(200);
    expect(await stateOf(right)).toMatchObject({ status: 'succeeded' });
    expect((await post(wrong.replyRef, bodyWith('att_other'))).status).toBe(400);
    expect(await kept(wrong.replyRef)).toMatchObject([{ decision: 'mismatched' }]);
    expect(await stateOf(wrong)).toMatchObject({ status: 'submitting' });
  });

  it('may be absent: the signed one in the path stands', async () => {
    const job = await attempt();

    expect((await post(job.replyRef, taskBody('16'))).status).toBe(200);
    expect(await stateOf(job)).toMatchObject({ status: 'succeeded' });
  });

  it('must not be a wrong one in any place, whatever stands in the others', async () => {
    const job = await attempt();
    const extra = `,"replyRef":"${job.replyRef}","job":{"replyRef":"att_other"}`;

    expect((await post(job.replyRef, taskBody('17', { extra }))).status).toBe(400);
    expect(await stateOf(job)).toMatchObject({ status: 'submitting' });
  });
});

describe('the id of the task', () => {
  it('is kept digit by digit above 2^53, and neighbours stay apart', async () => {
    const [left, right] = await attempts(2);
    if (left === undefined || right === undefined) throw new Error('two jobs were asked for');

    await post(left.replyRef, taskBody('867283000000000001'));
    await post(right.replyRef, taskBody('867283000000000002'));

    const rows = await db.prisma.attempt.findMany({
      where: { id: { in: [left.attemptId, right.attemptId] } },
      orderBy: { id: 'asc' },
    });
    expect(rows.map((row) => row.providerTaskId)).toEqual(['867283000000000001', '867283000000000002']);
  });

  it('conflicts with its neighbour above 2^53', async () => {
    const job = await attempt();
    await post(job.replyRef, progressBody('9007199254740993'));
    await post(job.replyRef, taskBody('9007199254740992'));

    expect((await kept(job.replyRef)).map(({ decision }) => decision)).toEqual(['progress', 'conflicting']);
  });
});

describe('characters that Postgres does not take', () => {
  it('in one body spoil neither it nor the batch it is in', async () => {
    const jobs = await attempts(12);
    const strange = ['\\u0000', '\\ud800', '\\udc00 \\ud83d', 'plain', '\\\\u0000', '\\ud83d\\ude00'];
    const bodies = jobs.map((_, n) =>
      failureBody(String(1_000 + n), 'said SPLIT').replace('SPLIT', `${strange[n % 6]}`),
    );

    const answers = await Promise.all(jobs.map((job, n) => post(job.replyRef, bodies[n] ?? '')));

    expect(answers.map((answer) => answer.status)).toEqual(Array(12).fill(200));
    for (const [n, job] of jobs.entries())
      expect(await kept(job.replyRef)).toMatchObject([{ decision: 'applied', text: bodies[n] }]);
  });

  it('in a replyRef of the body make it a mismatch, not a fault', async () => {
    const job = await attempt();

    expect((await post(job.replyRef, taskBody('21', { extra: ',"replyRef":"a\\u0000b"' }))).status).toBe(400);
    expect(await kept(job.replyRef)).toMatchObject([{ decision: 'mismatched' }]);
  });
});
