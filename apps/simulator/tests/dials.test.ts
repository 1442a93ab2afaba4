import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createRig, type Json, one, type Rig, until } from './rig.js';

let rig: Rig;
afterEach(() => rig.close());

describe('the limit', () => {
  it('answers 429 beyond maxJobs and shows the most that ever ran', async () => {
    rig = await createRig({ dials: { delayMs: 60_000 } });
    const answers = await Promise.all(Array.from({ length: 8 }, () => rig.submit()));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    expect(answers.filter(({ status, body }) => status === 429 && body.code === 429)).toHaveLength(3);
    const account = rig.simulator.bill().accounts['anna@example.com'];
    expect(account).toMatchObject({ running: 5, maxRunning: 5, overLimit: 0, rejectedAtLimit: 3 });
  });

  it('counts as over the limit what a request forces beyond it', async () => {
    rig = await createRig({ dials: { delayMs: 60_000 } });
    for (let count = 0; count < 6; count += 1) await rig.submit({ maxJobs: 50 });
    expect(rig.simulator.bill().accounts['anna@example.com']).toMatchObject({ maxRunning: 6, overLimit: 1 });
  });

  it('frees a slot with the end of a task', async () => {
    rig = await createRig({ accounts: [{ email: 'anna@example.com', maxJobs: 1 }] });
    await rig.submit();
    await rig.whenIdle();
    expect((await rig.submit()).status).toBe(200);
  });
});

describe('the bill', () => {
  it('counts accepted submits per replyRef and per input, and nothing else', async () => {
    rig = await createRig();
    await rig.submit({ replyRef: 'a', imageCount: 4 });
    await rig.submit({ replyRef: 'a' });
    await rig.submit({ replyRef: 'b', dressInput: 'https://example.com/other.jpg' });
    await rig.submit({ replyRef: 'c', dressInput: null });
    const { body } = await rig.call('GET', '/control/bill');
    expect(body).toMatchObject({ accepted: 3, images: 6, byReplyRef: { a: 2, b: 1 } });
    expect(body.byInput).toEqual({
      'https://example.com/person.jpg + https://example.com/dress.jpg': 2,
      'https://example.com/person.jpg + https://example.com/other.jpg': 1,
    });
  });
});

describe('callbacks', () => {
  const submitWithReply = (fields = {}) =>
    rig.submit({ replyUrl: `${rig.receiverUrl}/hook?x=1`, replyRef: 'ref', ...fields });

  it('bring the task model once, by POST, to the address with its query', async () => {
    rig = await createRig();
    const { id } = (await submitWithReply()).body.task;
    await rig.whenIdle();
    expect(rig.received).toHaveLength(1);
    expect(rig.received[0]?.path).toBe('/hook?x=1');
    const { replyRef, ...model } = rig.received[0]?.body ?? {};
    expect(replyRef).toBe('ref');
    expect(model).toEqual((await rig.task(id)).body);
    expect(rig.simulator.bill().callbacks).toMatchObject({ sent: 1, answered2xx: 1, unreachable: 0 });
  });

  it.each([
    ['top', (body: Json) => body.replyRef],
    ['task', (body: Json) => body.task.replyRef],
    ['request', (body: Json) => body.request.replyRef],
    ['response', (body: Json) => body.response.replyRef],
    ['job', (body: Json) => body.job.replyRef],
  ] as const)('carry replyRef at %s, and there only', async (replyRefAt, find) => {
    rig = await createRig({ dials: { replyRefAt } });
    await submitWithReply();
    await rig.whenIdle();
    expect(find(rig.received[0]?.body ?? {})).toBe('ref');
    expect(rig.received[0]?.text.match(/"replyRef"/g)).toHaveLength(1);
  });

  it('can leave replyRef out', async () => {
    rig = await createRig({ dials: { replyRefAt: 'absent' } });
    await submitWithReply();
    await rig.whenIdle();
    expect(rig.received[0]?.text).not.toContain('"replyRef"');
  });

  it.each([
    ['lost', { lostCallbackRate: 1 }, []],
    ['doubled', { doubledCallbackRate: 1 }, ['succeed', 'succeed']],
    ['reordered', { reorderedCallbackRate: 1 }, ['succeed', 'processing']],
    ['late', { lateCallbackRate: 1, lateCallbackMs: 30 }, ['succeed']],
    ['with progress', { progressCallbacks: true }, ['processing', 'succeed']],
  ])('can be %s', async (fault, dials, statuses) => {
    rig = await createRig({ dials });
    await submitWithReply();
    await rig.whenIdle();
    expect(rig.received.map(({ body }) => body.status_name)).toEqual(statuses);
    const { callbacks } = rig.simulator.bill();
    expect({ 'with progress': 1, ...callbacks }).toMatchObject({ [fault]: 1 });
  });

  it('can come before the answer to the submit', async () => {
    rig = await createRig({ dials: { earlyCallbackRate: 1, delayMs: 60_000 } });
    const { body } = await submitWithReply();
    expect(rig.received.map((callback) => callback.body.task.id)).toEqual([body.task.id]);
    expect(body.status_name).toBe('submitted');
  });

  it('do not follow a receiver that is not there', async () => {
    rig = await createRig();
    await submitWithReply({ replyUrl: 'http://127.0.0.1:1/' });
    await rig.whenIdle();
    expect(rig.simulator.bill().callbacks).toMatchObject({ sent: 1, unreachable: 1 });
  });
});

describe('faults on submit', () => {
  it.each([
    ['moderation', { moderationRate: 1 }, 500, /sensitive content/],
    ['429', { rateLimitRate: 1, retryAfterSeconds: 7 }, 429, /capacity/],
    ['a 5xx', { serverErrorRate: 1 }, 50, /./],
    ['down', { down: 'refuse' as const }, 503, /Unavailable/],
  ])('of %s bill nothing', async (_title, dials, status, message) => {
    rig = await createRig({ dials });
    const submitted = await rig.submit();
    expect(String(submitted.status)).toMatch(new RegExp(`^${status}`));
    expect(submitted.text).toMatch(message);
    expect(submitted.headers.get('retry-after')).toBe('retryAfterSeconds' in dials ? '7' : null);
    expect(rig.simulator.bill().accepted).toBe(0);
  });

  it.each([
    ['lost after accepting', { lostAnswerRate: 1 }, 1],
    ['lost before accepting', { lostRequestRate: 1 }, 0],
    ['cut because it is down', { down: 'destroy' as const }, 0],
  ])('can be %s', async (_title, dials, accepted) => {
    rig = await createRig({ dials });
    await expect(rig.submit({ replyRef: 'r' })).rejects.toThrow();
    expect(rig.simulator.bill().accepted).toBe(accepted);
  });

  it('can be accepted and answered with a 502', async () => {
    rig = await createRig({ dials: { serverErrorAfterAcceptRate: 1 } });
    expect((await rig.submit()).status).toBe(502);
    expect(rig.simulator.bill().accepted).toBe(1);
  });

  it('can be accepted long after the client gave up', async () => {
    rig = await createRig({ dials: { lateAcceptRate: 1, lateAcceptMs: 150 } });
    const gone = fetch(`${rig.url}/v1/kling/images/virtual-try-on`, {
      method: 'POST',
      headers: { authorization: 'Bearer sandbox', 'content-type': 'application/json' },
      body: JSON.stringify({
        humanImage: 'http://x.y/p.png',
        dressInput: 'http://x.y/d.png',
        replyRef: 'late',
      }),
      signal: AbortSignal.timeout(50),
    });
    await expect(gone).rejects.toThrow();
    expect(rig.simulator.bill().accepted).toBe(0);
    await until(() => rig.simulator.bill().byReplyRef.late === 1);
  });

  it('a broken scheduler and listing answer 5xx', async () => {
    rig = await createRig({ dials: { schedulerBroken: true, listingBroken: true } });
    expect((await rig.call('GET', '/v1/kling/scheduler')).status).toBe(500);
    expect((await rig.call('GET', '/v1/kling/scheduler/available')).status).toBe(500);
    expect((await rig.call('GET', '/v1/kling/tasks')).status).toBe(502);
  });
});

describe('the seed', () => {
  const run = async (seed: string): Promise<string[]> => {
    const dials = {
      failureRate: 0.3,
      serverErrorRate: 0.2,
      rateLimitRate: 0.2,
      delayMs: 1,
      noImagesRate: 0.2,
    };
    const own = await createRig({ seed, dials });
    const outcomes: string[] = [];
    for (let count = 0; count < 40; count += 1) {
      const { status, body } = await own.submit({ dressInput: `${own.url}/samples/dress-${count % 7}.png` });
      await own.whenIdle();
      const task = body.task ? (await own.task(body.task.id)).body : {};
      outcomes.push(`${status} ${body.task?.id} ${task.status_name} ${task.message} ${task.works?.length}`);
    }
    await own.close();
    return outcomes;
  };

  it('gives the same run again, and another seed another', async () => {
    rig = await createRig();
    const [first, again, other] = [await run('one'), await run('one'), await run('two')];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(new Set(first.map((outcome) => outcome.slice(0, 3))).size).toBeGreaterThan(2);
  });

  it('plays a rate about as often as it says', async () => {
    rig = await createRig({ dials: { failureRate: 0.25, delayMs: 1 } });
    rig.simulator.putAccount('anna@example.com', { maxJobs: 400 });
    await Promise.all(
      Array.from({ length: 400 }, (_, n) => rig.submit({ humanImage: `https://x.y/${n}.png` })),
    );
    await rig.whenIdle();
    expect(rig.simulator.bill().failed).toBeGreaterThan(70);
    expect(rig.simulator.bill().failed).toBeLessThan(130);
  });
});

describe('the control endpoints', () => {
  it('change only the dials that are named and refuse unknown ones', async () => {
    rig = await createRig();
    const turned = await rig.call('PATCH', '/control/dials', { failureRate: 0.5 });
    expect(turned.body).toMatchObject({ failureRate: 0.5, delayMs: 20, pictures: 'placeholder' });
    expect((await rig.call('PUT', '/control/dials', { down: 'no' })).body.failureRate).toBe(0.5);
    expect((await rig.call('PATCH', '/control/dials', { faliureRate: 1 })).status).toBe(400);
    expect((await rig.call('PATCH', '/control/dials', { failureRate: 2 })).status).toBe(400);
    expect((await rig.call('PATCH', '/control/dials', '{')).status).toBe(400);
  });

  it('answer no page in a browser', async () => {
    rig = await createRig();
    const asPage = await rig.call('GET', '/control/bill', undefined, { origin: 'https://evil.example' });
    expect(asPage.status).toBe(403);
  });

  it('reset tasks and counters; ids go on', async () => {
    rig = await createRig({ dials: { delayMs: 60_000 } });
    const before = (await rig.submit()).body.task.id;
    expect((await rig.call('GET', '/control/idle')).body).toEqual({
      idle: false,
      running: 1,
      pendingCallbacks: 0,
    });
    expect((await rig.call('POST', '/control/reset')).body).toMatchObject({ accepted: 0, byInput: {} });
    expect(rig.simulator.idle().idle).toBe(true);
    expect((await rig.task(before)).status).toBe(404);
    expect((await rig.submit()).body.task.id).toBe(before + 1);
  });

  it('set limits and error states of accounts', async () => {
    rig = await createRig();
    await rig.call('PATCH', '/control/accounts/anna@example.com', { maxJobs: 2, errorState: 412 });
    expect((await rig.submit()).status).toBe(412);
    expect((await rig.call('PATCH', '/control/accounts/a@b.c', { errorState: 500 })).status).toBe(400);
    expect((await rig.call('DELETE', '/control/accounts/anna@example.com')).status).toBe(200);
    expect((await rig.call('GET', '/v1/kling/accounts')).status).toBe(404);
  });
});

describe('a state file', () => {
  it('lets tasks of before a restart be found, end and call back, and keeps the bill', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'simulator-'));
    const stateFile = join(folder, 'deep', 'state.ndjson');
    rig = await createRig();
    const first = await createRig({ stateFile, dials: { delayMs: 300 } });
    const reply = { replyUrl: rig.receiverUrl, replyRef: 'kept' };
    const { id } = (await first.submit(reply)).body.task;
    await first.close();
    expect(rig.received).toHaveLength(0);

    const second = await createRig({ stateFile });
    expect(second.simulator.bill()).toMatchObject({ accepted: 1, byReplyRef: { kept: 1 } });
    expect(second.simulator.bill().accounts['anna@example.com']).toMatchObject({ running: 1 });
    await second.whenIdle();
    expect((await second.task(id)).body.status_name).toBe('succeed');
    expect(rig.received.map(({ body }) => body.task.id)).toEqual([id]);
    await second.close();

    const third = await createRig({ stateFile });
    await third.whenIdle();
    expect((await third.submit()).body.task.id).toBe(id + 1);
    expect(rig.received).toHaveLength(1);
    await third.close();
    expect((await readFile(stateFile, 'utf8')).split('\n').length).toBeLessThan(10);
    await rm(folder, { recursive: true });
  });
});

describe('close', () => {
  it('ends at once although clients, tasks and callbacks are under way', async () => {
    rig = await createRig({ accounts: one, dials: { delayMs: 60_000, answerDelayMs: 60_000 } });
    const hanging = rig.submit().catch(() => 'cut');
    await until(() => rig.simulator.bill().accepted === 1);
    const began = Date.now();
    await rig.simulator.close();
    expect(Date.now() - began).toBeLessThan(1000);
    expect(await hanging).toBe('cut');
  });
});
