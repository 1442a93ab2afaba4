import { TRY_ON_STATUSES, tryOnListSchema, tryOnSchema } from '@catwalk/contract';
import { JOB_STATUSES } from '@catwalk/core';
import { databaseForFile } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import { fail, happen, submit, succeed } from './move-job.js';
import { type Answer, garment, startApi } from './start-api.js';

const database = await databaseForFile();
const api = await startApi(database.url);
const create = (more: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
  api.post('/v1/try-ons', { ...garment, ...more }, headers);

describe('POST /v1/try-ons', () => {
  it('answers 202 with the whole resource and its address, committed', async () => {
    const asked = {
      imageCount: 2,
      email: 'ben@example.com',
      maxJobs: 3,
      replyUrl: 'https://shop.example/hook?id=1',
      replyRef: 'ref',
      customId: 'sku-1 ✓',
      metadata: { sku: '1', größe: 'M' },
      priority: 'high',
      expiresAt: '2099-01-01T02:00:00+02:00',
    };
    const answer = await create(asked);
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(`/v1/try-ons/${answer.body.id}`);
    expect(tryOnSchema.strict().parse(answer.body)).toMatchObject({
      ...garment,
      ...asked,
      expiresAt: '2099-01-01T00:00:00.000Z',
      object: 'try_on',
      livemode: false,
      client: 'default',
      status: 'queued',
      waitingFor: { code: 'queue_turn' },
    });
    const { body } = await api.request(`/v1/try-ons/${answer.body.id}`);
    expect(body).toEqual(answer.body);
  });

  it('takes null for absent, and defaults', async () => {
    const absent = { upperInput: null, email: null, metadata: null, imageCount: null, priority: null };
    const { body } = await create(absent);
    expect(body).toMatchObject({ imageCount: 1, metadata: {}, priority: 'normal', email: null });
  });

  it('takes texts at their limits', async () => {
    const answer = await create({
      humanImage: `https://pictures.example/${'x'.repeat(4_096 - 25)}`,
      customId: '😀'.repeat(200),
      replyRef: 'r'.repeat(1_024),
      metadata: { a: 'x'.repeat(8_192 - 8) },
    });
    expect(answer.status).toBe(202);
  });

  it('tells the queue after it, and only for new jobs', async () => {
    const before = api.wakes();
    await create({}, { 'idempotency-key': 'wakes' });
    await create({}, { 'idempotency-key': 'wakes' });
    await expect.poll(api.wakes).toBe(before + 1);
  });
});

describe('an idempotency key', () => {
  const key = (value: string) => ({ 'idempotency-key': value });

  it('replays the same parsed request, defaults filled in and in any order', async () => {
    const first = await create({ metadata: { a: '1', b: '2' } }, key('order'));
    const again = await create({ imageCount: 1, metadata: { b: '2', a: '1' }, email: null }, key('order'));
    expect(again.status).toBe(202);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(first.headers.get('idempotent-replayed')).toBeNull();
  });

  it('of another body is 409 idempotency_key_reused', async () => {
    await create({}, key('reused'));
    const other = await create({ imageCount: 2 }, key('reused'));
    expect(other).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } });
  });

  it('replays the resource as it is now', async () => {
    const { body } = await create({}, key('now'));
    await api.request(`/v1/try-ons/${body.id}/cancel`, { method: 'POST' });
    expect((await create({}, key('now'))).body).toMatchObject({ id: body.id, status: 'canceled' });
  });

  it('is not used up by a refused request', async () => {
    expect((await create({ imageCount: 9 }, key('refused'))).status).toBe(400);
    expect((await create({ email: 'nobody@example.com' }, key('refused'))).status).toBe(400);
    const taken = await create({ imageCount: 2 }, key('refused'));
    expect(taken.status).toBe(202);
    expect(taken.headers.get('idempotent-replayed')).toBeNull();
  });

  it('is replayed although the request would be refused now: its time has passed', async () => {
    const more = { expiresAt: '2099-05-05T00:00:00Z' };
    const { body } = await create(more, key('passed'));
    const past = new Date('2020-05-05T00:00:00Z');
    const fingerprint = await createdWith({ expiresAt: past.toISOString() });
    await api.database.prisma.tryOn.update({
      where: { id: body.id },
      data: { expiresAt: past, fingerprint },
    });
    expect((await create({ expiresAt: past.toISOString() }, key('passed'))).body.id).toBe(body.id);
  });

  it('used by 40 requests at once makes one job; the others wait and are replayed', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => create({}, key('race'))));
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get('idempotent-replayed') === null)).toHaveLength(1);
  });

  it('belongs to its endpoint', async () => {
    const { body } = await create({}, key('endpoint'));
    const dropIn = await api.post('/v1/kling/images/virtual-try-on', garment, key('endpoint'));
    expect(dropIn.status).toBe(200);
    const [row] = await api.database.prisma.tryOn.findMany({ where: { number: dropIn.body.task.id } });
    expect(row?.id).not.toBe(body.id);
  });
});

describe('waiting', () => {
  it('answers as soon as the job is final', async () => {
    const { body } = await create();
    const waiting = api.request(`/v1/try-ons/${body.id}?wait=30`);
    await api.request(`/v1/try-ons/${body.id}/cancel`, { method: 'POST' });
    expect((await waiting).body.status).toBe('canceled');
  });

  it('answers as it stands after that time, on GET and POST', async () => {
    const created = await create({}, { prefer: 'wait=1' });
    expect(created).toMatchObject({ status: 202, body: { status: 'queued' } });
    const got = await api.request(`/v1/try-ons/${created.body.id}?wait=1`);
    expect(got).toMatchObject({ status: 200, body: { status: 'queued' } });
  });

  it('by Prefer on POST answers with the images', async () => {
    const waiting = create({ customId: 'waits' }, { prefer: 'wait=30' });
    const found = await expect
      .poll(async () => (await api.request('/v1/try-ons?customId=waits')).body.data[0])
      .toBeDefined()
      .then(async () => (await api.request('/v1/try-ons?customId=waits')).body.data[0]);
    await succeed(api.database, found.id, '77');
    expect((await waiting).body).toMatchObject({ status: 'succeeded', providerTaskId: '77' });
  });
});

describe('the resource', () => {
  it('has the statuses the core decides by', () => {
    expect(TRY_ON_STATUSES).toEqual(JOB_STATUSES);
  });

  it('shows images, account, task and times of what the provider did', async () => {
    const { body } = await create();
    await succeed(api.database, body.id, '867283741759111202');
    const shown = tryOnSchema.parse((await api.request(`/v1/try-ons/${body.id}`)).body);
    expect(shown).toMatchObject({
      status: 'succeeded',
      waitingFor: null,
      account: 'anna@example.com',
      providerTaskId: '867283741759111202',
      attempts: 1,
      error: null,
    });
    const url = 'https://cdn.example/result.png?sig=s3cret';
    expect(shown.images).toMatchObject([{ index: 0, url, providerUrl: url, width: 768, archivedAt: null }]);
    expect(shown.submittedAt).not.toBeNull();
    expect(shown.finishedAt).not.toBeNull();
  });

  it('shows a failure in the provider’s words', async () => {
    const { body } = await create();
    await fail(api.database, body.id);
    expect((await api.request(`/v1/try-ons/${body.id}`)).body.error).toEqual({
      code: 'content_rejected',
      message: 'The provider rejected the content of the images',
      retryable: false,
      providerStatus: 500,
      providerMessage: 'nsfw',
    });
  });

  it('does not count a deferred submit, nor call it submitted', async () => {
    const { body } = await create();
    const attemptId = await submit(api.database, body.id);
    await happen(api.database, body.id, { type: 'attempt', attemptId, event: { type: 'deferred' } });
    const shown = (await api.request(`/v1/try-ons/${body.id}`)).body;
    expect(shown).toMatchObject({ status: 'queued', attempts: 0, submittedAt: null, account: null });
    const { code, until } = shown.waitingFor;
    expect([code, Date.parse(until) > Date.parse(shown.updatedAt)]).toEqual(['retry_time', true]);
  });
});

describe('cancel', () => {
  const cancel = (id: string) => api.request(`/v1/try-ons/${id}/cancel`, { method: 'POST' });

  it('ends a queued job, and once more changes nothing', async () => {
    const { body } = await create();
    const first = await cancel(body.id);
    expect(first).toMatchObject({ status: 200, body: { status: 'canceled', waitingFor: null } });
    expect(await cancel(body.id)).toMatchObject({ status: 200, body: first.body });
  });

  it('of a final job is 409 not_cancelable', async () => {
    const { body } = await create();
    await fail(api.database, body.id);
    expect(await cancel(body.id)).toMatchObject({ status: 409, body: { code: 'not_cancelable' } });
  });

  it('keeps images that still come on the canceled job', async () => {
    const { body } = await create();
    const attemptId = await submit(api.database, body.id);
    await cancel(body.id);
    const images = [{ url: 'https://cdn.example/late.png', width: null, height: null }];
    const event = { type: 'succeeded', taskId: '5', images } as const;
    await happen(api.database, body.id, { type: 'attempt', attemptId, event });
    const shown = (await api.request(`/v1/try-ons/${body.id}`)).body;
    expect(shown).toMatchObject({ status: 'canceled', images: [{ url: 'https://cdn.example/late.png' }] });
  });

  it('takes an empty object, and no unknown field', async () => {
    const { body } = await create();
    expect((await api.post(`/v1/try-ons/${body.id}/cancel`, { why: 'x' })).status).toBe(400);
    expect((await api.post(`/v1/try-ons/${body.id}/cancel`, {})).status).toBe(200);
  });
});

describe('retry', () => {
  const retry = (id: string, body: unknown = {}) => api.post(`/v1/try-ons/${id}/retry`, body);

  it('queues a failed job again and tells the queue', async () => {
    const { body } = await create();
    await fail(api.database, body.id);
    const before = api.wakes();
    const answer = await retry(body.id);
    expect(answer).toMatchObject({ status: 200, body: { status: 'queued', error: null, finishedAt: null } });
    expect(api.wakes()).toBe(before + 1);
  });

  it('of a job that did not end is 409 not_retryable, and so is one that succeeded', async () => {
    const { body } = await create();
    expect(await retry(body.id)).toMatchObject({ status: 409, body: { code: 'not_retryable' } });
    await succeed(api.database, body.id, '901');
    expect(await retry(body.id)).toMatchObject({ status: 409, body: { code: 'not_retryable' } });
  });

  it('is 409 may_bill_twice where an earlier attempt may be paid for, until it is asked for by name', async () => {
    const { body } = await create();
    await submit(api.database, body.id);
    await api.request(`/v1/try-ons/${body.id}/cancel`, { method: 'POST' });
    expect(await retry(body.id)).toMatchObject({ status: 409, body: { code: 'may_bill_twice' } });
    expect(await retry(body.id, { mayBillTwice: true })).toMatchObject({
      status: 200,
      body: { status: 'queued' },
    });
  });

  it('refuses a mayBillTwice that is no boolean', async () => {
    const { body } = await create();
    expect((await retry(body.id, { mayBillTwice: 'yes' })).status).toBe(400);
  });
});

describe('the list', () => {
  const ids = (answer: Answer) => answer.body.data.map((item: { id: string }) => item.id);

  it('is complete and without repeats in both orders, while rows arrive', async () => {
    const mine: string[] = [];
    for (let n = 0; n < 7; n++) mine.push((await create({ replyRef: 'pages' })).body.id);
    for (const order of ['asc', 'desc']) {
      const seen: string[] = [];
      const path = `/v1/try-ons?replyRef=pages&order=${order}&limit=2`;
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page = await api.request(cursor === '' ? path : `${path}&cursor=${cursor}`);
        seen.push(...ids(page));
        cursor = tryOnListSchema.parse(page.body).nextCursor;
        await create({ replyRef: 'pages' });
        if (seen.length > 40) break;
        if (order === 'asc' && seen.length >= mine.length) break;
      }
      const expected = order === 'asc' ? mine : [...mine].reverse();
      expect(seen.filter((id) => mine.includes(id))).toEqual(expected);
      expect(new Set(seen).size).toBe(seen.length);
    }
  });

  it('filters by status, customId, metadata and time, each by itself and together', async () => {
    const { body: a } = await create({ customId: 'f1', metadata: { sku: '7', size: 'M' } });
    const { body: b } = await create({ customId: 'f2', metadata: { sku: '7' } });
    await api.request(`/v1/try-ons/${b.id}/cancel`, { method: 'POST' });
    expect(ids(await api.request('/v1/try-ons?customId=f1'))).toEqual([a.id]);
    expect(ids(await api.request('/v1/try-ons?metadata[sku]=7'))).toEqual([b.id, a.id]);
    expect(ids(await api.request('/v1/try-ons?metadata[sku]=7&metadata[size]=M'))).toEqual([a.id]);
    expect(ids(await api.request('/v1/try-ons?metadata[sku]=7&status=canceled,failed'))).toEqual([b.id]);
    const from = `/v1/try-ons?metadata[sku]=7&createdAfter=${a.createdAt}`;
    expect(ids(await api.request(from))).toContain(a.id);
    expect(ids(await api.request(`/v1/try-ons?createdBefore=${a.createdAt}&limit=200`))).not.toContain(a.id);
    expect(ids(await api.request('/v1/try-ons?batchId=bat_none'))).toEqual([]);
  });
});

describe('the timeline', () => {
  it('tells everything in order, page by page, without what addresses hide', async () => {
    const { body } = await create();
    await succeed(api.database, body.id, '902');
    const receivedAt = new Date(Date.now() + 1_000);
    await api.database.prisma.callback.create({
      data: {
        id: 'cb_1',
        replyRef: 'r',
        tryOnId: body.id,
        decision: 'applied',
        body: Buffer.from('{"url":"https://cdn.example/x.png?sig=s3cret"}'),
        headers: {},
        contentHash: 'h',
        receivedAt,
        lastReceivedAt: receivedAt,
      },
    });
    const path = `/v1/try-ons/${body.id}/timeline`;
    const whole = (await api.request(path)).body;
    expect(whole.nextCursor).toBeNull();
    expect(whole.data[0]).toMatchObject({ kind: 'try_on.queued', actor: 'default', attempt: null });
    const at = receivedAt.toISOString();
    const data = { decision: 'applied', lastReceivedAt: at };
    expect(whole.data.at(-1)).toMatchObject({ kind: 'callback.received', at, data });
    expect(JSON.stringify(whole)).not.toContain('s3cret');
    const pages: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Answer = await api.request(`${path}?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
      pages.push(...page.body.data);
      cursor = page.body.nextCursor;
    }
    expect(pages).toEqual(whole.data);
  });
});

/** The fingerprint the API would give a request, read off a job made of it in the future. */
async function createdWith(more: { expiresAt: string }): Promise<string | null> {
  const { createHash } = await import('node:crypto');
  const provided = [garment.humanImage, garment.dressInput, null, null, 1, null, null];
  const own = [null, null, null, 'normal', Date.parse(more.expiresAt), []];
  return createHash('sha256')
    .update(JSON.stringify([provided, own]))
    .digest('base64url');
}
