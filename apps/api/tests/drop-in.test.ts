import { dropInTaskSchema } from '@catwalk/contract';
import { databaseForFile } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import { fail, happen, submit, succeed } from './move-job.js';
import { garment, startApi } from './start-api.js';

const database = await databaseForFile();
const api = await startApi(database.url);
const path = '/v1/kling/images/virtual-try-on';

const form = (fields: [string, string][]) => {
  const body = new FormData();
  for (const [name, value] of fields) body.append(name, value);
  return api.request(path, { method: 'POST', body });
};

async function idOf(number: number): Promise<string> {
  const row = await api.database.prisma.tryOn.findUniqueOrThrow({ where: { number } });
  return row.id;
}

describe('POST /v1/kling/images/virtual-try-on', () => {
  it('answers 200 with every field of the provider’s example', async () => {
    const answer = await api.post(path, { ...garment, imageCount: 2, replyRef: 'mine' });
    expect(answer.status).toBe(200);
    const task = dropInTaskSchema.strict().parse(answer.body);
    expect(task).toMatchObject({ status: 5, status_name: 'submitted', status_final: false, works: [] });
    expect(task.task).toMatchObject({ status: 5, status_name: 'submitted', status_final: false });
    expect(task.task.taskInfo.inputs.map((input) => [input.name, input.url])).toEqual([
      ['humanImage', garment.humanImage],
      ['dressInput', garment.dressInput],
    ]);
    expect(task.task.taskInfo.arguments).toContainEqual({ name: 'imageCount', value: '2' });
  });

  it('is as tolerant as the provider: unknown fields, null, empty text, numbers as text, email in the query', async () => {
    const loose = { ...garment, imageCount: '2', maxJobs: '', upperInput: '', replyUrl: null, colour: 'red' };
    const answer = await api.post(`${path}?email=ben@example.com&foo=1`, loose);
    expect(answer.status).toBe(200);
    const row = await api.database.prisma.tryOn.findUniqueOrThrow({ where: { number: answer.body.task.id } });
    expect(row).toMatchObject({ imageCount: 2, maxJobs: null, email: 'ben@example.com', origin: 'drop-in' });
  });

  it('takes a form', async () => {
    const answer = await form([
      ...Object.entries(garment),
      ['imageCount', '3'],
      ['email', 'anna@example.com'],
    ]);
    expect(answer.status).toBe(200);
    expect(answer.body.task.taskInfo.arguments).toContainEqual({ name: 'imageCount', value: '3' });
  });

  it.each<[string, unknown, string]>([
    [
      'no garment',
      { humanImage: garment.humanImage },
      'At least one of dressInput, upperInput or lowerInput must be provided',
    ],
    ['no humanImage', { dressInput: garment.dressInput }, 'humanImage is required'],
    ['too many images', { ...garment, imageCount: '5' }, 'imageCount must be a whole number from 1 to 4'],
    [
      'an unknown account',
      { ...garment, email: 'x@example.com' },
      'email must be one of the configured accounts',
    ],
    ['an array', [], 'The body must be a JSON object'],
  ])('refuses %s in the provider’s shape', async (_what, body, error) => {
    const answer = await api.post(path, body);
    expect(answer).toMatchObject({ status: 400, body: { error } });
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('x-request-id')).not.toBeNull();
  });

  it('refuses a form field sent twice, a file, and a form that cannot be read', async () => {
    expect((await form([...Object.entries(garment), ['imageCount', '1'], ['imageCount', '2']])).status).toBe(
      400,
    );
    const body = new FormData();
    body.append('humanImage', new Blob(['x']), 'x.png');
    expect((await api.request(path, { method: 'POST', body })).status).toBe(400);
    const headers = { 'content-type': 'multipart/form-data' };
    expect((await api.request(path, { method: 'POST', headers, body: 'x' })).status).toBe(400);
    const broken = { 'content-type': 'multipart/form-data; boundary=x' };
    expect((await api.request(path, { method: 'POST', headers: broken, body: '--x\r\n' })).status).toBe(400);
  });

  it.each([
    ['another type', 415, { 'content-type': 'text/plain' }, '{}'],
    ['no JSON', 400, { 'content-type': 'application/json' }, '{'],
    ['more than 1 MB', 413, { 'content-type': 'application/json' }, 'x'.repeat(1_100_000)],
  ])('refuses %s with %i', async (_what, status, headers, body) => {
    const answer = await api.request(path, { method: 'POST', headers, body });
    expect(answer.status).toBe(status);
    expect(Object.keys(answer.body)).toEqual(['error']);
  });
});

describe('GET /v1/kling/tasks/{task_id}', () => {
  const create = async () => (await api.post(path, garment)).body.task.id as number;
  const read = async (number: number) => (await api.request(`/v1/kling/tasks/${number}?email=x`)).body;

  it('moves through submitted, processing and succeed with its works', async () => {
    const number = await create();
    const id = await idOf(number);
    expect(await read(number)).toMatchObject({ status: 5, task: { id: number, status_name: 'submitted' } });
    const attemptId = await submit(api.database, id);
    const accepted = { type: 'accepted', taskId: '31', provisional: false } as const;
    await happen(api.database, id, { type: 'attempt', attemptId, event: accepted });
    expect(await read(number)).toMatchObject({ status: 10, status_name: 'processing', status_final: false });
    const images = [{ url: 'https://cdn.example/1.png', width: 768, height: 1024 }];
    await happen(api.database, id, {
      type: 'attempt',
      attemptId,
      event: { type: 'succeeded', taskId: '31', images },
    });
    const done = dropInTaskSchema.parse(await read(number));
    expect(done).toMatchObject({ status: 99, status_name: 'succeed', status_final: true });
    expect(done.works[0]?.resource.resource).toBe('https://cdn.example/1.png');
  });

  it('shows a failure, and a canceled job as one', async () => {
    const failed = await create();
    await fail(api.database, await idOf(failed));
    expect(await read(failed)).toMatchObject({
      status: 50,
      status_name: 'failed',
      status_final: true,
      message: 'nsfw',
    });
    const canceled = await create();
    await api.request(`/v1/try-ons/${await idOf(canceled)}/cancel`, { method: 'POST' });
    expect(await read(canceled)).toMatchObject({ status: 50, status_final: true, message: 'canceled' });
  });

  it('shows a job made at /v1/try-ons as well', async () => {
    const { body } = await api.post('/v1/try-ons', garment);
    const row = await api.database.prisma.tryOn.findUniqueOrThrow({ where: { id: body.id } });
    await succeed(api.database, body.id, '32');
    expect(await read(Number(row.number))).toMatchObject({ status: 99 });
  });

  it.each(['999999', 'abc', '-1', '9'.repeat(40)])(
    'answers 404 in the provider’s shape for %s',
    async (number) => {
      const answer = await api.request(`/v1/kling/tasks/${number}`);
      expect(answer).toMatchObject({ status: 404, body: { error: expect.any(String) } });
    },
  );
});
