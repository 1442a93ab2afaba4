import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anInput, createRig, type Rig } from './rig.js';

let rig: Rig;
beforeEach(async () => {
  rig = await createRig();
});
afterEach(() => rig.close());

describe('POST /v1/kling/images/virtual-try-on', () => {
  it('answers with the example of the provider page', async () => {
    const { status, body } = await rig.submit({ imageCount: 2 });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 5,
      status_name: 'submitted',
      status_final: false,
      works: [],
      message: '',
      limitation: { type: 'mmu_img2img_aitryon', remaining: 10000, limit: 10000 },
      userPoints: { points: [], total: 0 },
      userTickets: { ticket: [] },
      editProject: null,
    });
    expect(body.task).toMatchObject({
      id: expect.any(Number),
      type: 'mmu_img2img_aitryon',
      scene: 'NORMAL_CREATION',
      status_name: 'submitted',
      favored: false,
      taskInfo: {
        inputs: [
          {
            name: 'humanImage',
            inputType: 'URL',
            token: null,
            blobStorage: null,
            url: anInput.humanImage,
            cover: null,
            fromWorkId: null,
          },
          { name: 'dressInput', url: anInput.dressInput },
        ],
        arguments: [
          { name: 'personType', value: 'Female' },
          { name: 'imageCount', value: '2' },
        ],
        extraArgs: {},
        callbackPayloads: [],
      },
    });
  });

  it('takes a multipart form, in which numbers are strings', async () => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...anInput, imageCount: '3' })) form.append(name, value);
    const { status, body } = await rig.call('POST', '/v1/kling/images/virtual-try-on', form);
    expect(status).toBe(200);
    expect(body.task.taskInfo.arguments[1]).toEqual({ name: 'imageCount', value: '3' });
  });

  it.each([
    ['no person', { humanImage: null }, /humanImage is required/],
    [
      'no garment',
      { dressInput: '' },
      /^At least one of dressInput, upperInput or lowerInput must be provided$/,
    ],
    ['dress and upper', { upperInput: 'https://example.com/u.jpg' }, /incompatible/],
    ['dress and lower', { lowerInput: 'https://example.com/l.jpg' }, /incompatible/],
    ['a person that is no URL', { humanImage: 'person.jpg' }, /humanImage must be a valid http\/https URL/],
    ['a data URL', { dressInput: 'data:image/png;base64,AAAA' }, /dressInput must be a valid/],
    ['no images', { imageCount: 0 }, /imageCount must be an integer in the range 1..4/],
    ['five images', { imageCount: '5' }, /imageCount/],
    ['half an image', { imageCount: 1.5 }, /imageCount/],
    ['51 jobs', { maxJobs: 51 }, /maxJobs must be an integer in the range 1..50/],
    ['a reply address that is none', { replyUrl: 'ftp://x.y/z' }, /replyUrl/],
    ['a long replyRef', { replyRef: 'x'.repeat(1025) }, /replyRef/],
  ])('refuses %s with 400 and bills nothing', async (_title, fields, message) => {
    const { status, body } = await rig.submit(fields);
    expect(status).toBe(400);
    expect(body.error).toMatch(message);
    expect(rig.simulator.bill().accepted).toBe(0);
  });

  it.each([
    ['text that is not JSON', '{', 'application/json'],
    ['JSON that is no object', '[]', 'application/json'],
    ['another content type', 'a=b', 'text/plain'],
    ['a form without a boundary', 'x', 'multipart/form-data'],
  ])('refuses %s with 400', async (_title, text, type) => {
    const { status, body } = await rig.call('POST', '/v1/kling/images/virtual-try-on', text, {
      'content-type': type,
    });
    expect(status).toBe(400);
    expect(body.error).toEqual(expect.any(String));
  });

  it('needs the email only when there are several accounts', async () => {
    rig.simulator.putAccount('ben@example.com', { maxJobs: 1 });
    expect(await rig.submit()).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/email.*required/) },
    });
    expect((await rig.submit({ email: 'ben@example.com' })).status).toBe(200);
    expect((await rig.submit({ email: 'eve@example.com' })).status).toBe(404);
  });

  it.each([undefined, 'Bearer wrong', 'sandbox'])(
    'answers 401 to the authorization %s',
    async (authorization) => {
      const response = await fetch(`${rig.url}/v1/kling/tasks/1`, {
        headers: authorization === undefined ? {} : { authorization },
      });
      expect(response.status).toBe(401);
      expect(await response.json()).toEqual({ error: 'Unauthorized', code: 401 });
    },
  );
});

describe('a task', () => {
  it('goes from submitted through processing to succeed with one work per image', async () => {
    rig.simulator.turnDials({ delayMs: 150, delayJitter: 0 });
    const { id } = (await rig.submit({ imageCount: 3 })).body.task;
    const seen = new Set<string>();
    for (;;) {
      const { body } = await rig.task(id);
      seen.add(body.status_name);
      expect(body.task.status_name).toBe(body.status_name);
      if (body.status_final) break;
    }
    expect([...seen]).toEqual(['submitted', 'processing', 'succeed']);
    const { body } = await rig.task(id);
    expect(body).toMatchObject({ status: 99, message: 'success' });
    expect(body.works).toHaveLength(3);
    for (const work of body.works) {
      expect(work).toMatchObject({
        contentType: 'image',
        taskId: id,
        resource: { width: 768, height: 1024 },
      });
      const picture = await fetch(work.resource.resource);
      expect(picture.headers.get('content-type')).toBe('image/png');
    }
  });

  it('is not found under another id or another account', async () => {
    const { id } = (await rig.submit()).body.task;
    expect(await rig.task(id + 1)).toMatchObject({ status: 404, body: { error: expect.any(String) } });
    rig.simulator.putAccount('ben@example.com', { maxJobs: 1 });
    expect((await rig.call('GET', `/v1/kling/tasks/${id}?email=ben@example.com`)).status).toBe(404);
    expect((await rig.call('GET', `/v1/kling/tasks/${id}`)).status).toBe(400);
  });

  it('has an id above 2^53 in bare digits when asked for, everywhere, and is found by it', async () => {
    rig.simulator.turnDials({ largeTaskIds: true, delayMs: 200 });
    const idIn = (text: string): string => /"task":\{"id":(\d+),/.exec(text)?.[1] ?? '';
    const [first, second] = [await rig.submit({ replyUrl: rig.receiverUrl }), await rig.submit()];
    const id = idIn(first.text);
    expect(BigInt(id)).toBeGreaterThan(2n ** 53n);
    expect(idIn(second.text)).not.toBe(id);
    expect(Number(idIn(second.text))).toBe(Number(id));
    expect(idIn((await rig.task(id)).text)).toBe(id);
    expect((await rig.call('GET', '/v1/kling/scheduler')).text).toContain(`"id":${id},`);
    await rig.whenIdle();
    expect(idIn(rig.received[0]?.text ?? '')).toBe(id);
    expect((await rig.task(id)).text).toContain(`"taskId":${id},`);
  });
});

describe('the scheduler', () => {
  it('lists what runs, with replyRef, and the free slots of every account', async () => {
    rig.simulator.turnDials({ delayMs: 60_000 });
    const { id } = (await rig.submit({ replyRef: 'ref-1', replyUrl: rig.receiverUrl })).body.task;
    const entry = {
      id,
      email: 'anna@example.com',
      replyRef: 'ref-1',
      replyUrl: rig.receiverUrl,
      elapsed: '00:00',
      started: expect.stringMatching(/Z$/),
    };
    expect((await rig.call('GET', '/v1/kling/scheduler')).body).toEqual([entry]);
    expect((await rig.call('GET', '/v1/kling/scheduler/available')).body).toEqual({
      executing: [entry],
      available: [{ email: 'anna@example.com', maxJobs: 5, executing: 1, available: 4 }],
    });
  });
});

describe('the listing', () => {
  it('pages back by createdBefore without gaps and knows its bounds', async () => {
    const ids: number[] = [];
    for (let count = 0; count < 5; count += 1) {
      ids.unshift((await rig.submit()).body.task.id);
      const now = Date.now();
      while (Date.now() === now);
    }
    await rig.whenIdle();
    const found: number[] = [];
    for (let before = Date.now() + 1; ; ) {
      const { body } = await rig.call('GET', `/v1/kling/tasks?pageSize=2&createdBefore=${before}`);
      if (body.history.length === 0) break;
      for (const item of body.history) found.push(item.task.id);
      before = body.history.at(-1).task.createTime;
    }
    expect(found).toEqual(ids);
    expect((await rig.call('GET', '/v1/kling/tasks?contentType=video')).body.history).toEqual([]);
    expect((await rig.call('GET', '/v1/kling/tasks?createdAfter=1&createdBefore=2')).status).toBe(400);
  });

  it('can be cut short and have its inputs rewritten', async () => {
    for (let count = 0; count < 4; count += 1) await rig.submit();
    await rig.whenIdle();
    rig.simulator.turnDials({ listingPageMax: 3, listingRewritesInputs: true });
    const { history } = (await rig.call('GET', '/v1/kling/tasks')).body;
    expect(history).toHaveLength(3);
    expect(history[0].task.taskInfo.inputs[0].url).toMatch(/^https:\/\/s21-kling\.klingai\.com\//);
    rig.simulator.turnDials({ listingTotalMax: 1 });
    expect((await rig.call('GET', '/v1/kling/tasks')).body.history).toHaveLength(1);
  });
});

describe('accounts', () => {
  it('are a map by email; one of them comes with its balance', async () => {
    const { body } = await rig.call('GET', '/v1/kling/accounts');
    expect(body).toMatchObject({ 'anna@example.com': { maxJobs: 5, password: '...secured...' } });
    const account = await rig.call('GET', '/v1/kling/accounts/anna@example.com');
    expect(account.body).toMatchObject({ email: 'anna@example.com', balance: { points: [{}] } });
    expect((await rig.call('GET', '/v1/kling/accounts/eve@example.com')).status).toBe(404);
  });

  it.each([402, 412, 596] as const)('in error state %i answer every submit with it', async (errorState) => {
    rig.simulator.putAccount('anna@example.com', { errorState });
    expect(await rig.submit()).toMatchObject({
      status: errorState,
      body: { error: expect.any(String), code: errorState },
    });
    rig.simulator.putAccount('anna@example.com', { errorState: null });
    expect((await rig.submit()).status).toBe(200);
  });
});
