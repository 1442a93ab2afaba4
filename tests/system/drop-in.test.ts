import { spawnSync } from 'node:child_process';
import { eventually } from '@catwalk/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProcess } from './app-process.js';
import { seedAnswer } from './seed-example.js';
import { type System, startSystem } from './start-system.js';

const token = 'the-key-of-a-shop-0123456789-0123456789';
const email = 'anna@example.com';
const hasCurl = spawnSync('curl', ['--version']).status === 0;

/** A client written for the provider, with another origin and another token. Nothing else is changed. */
describe('a client written for the provider', () => {
  let system: System;
  let apiUrl = '';
  beforeAll(async () => {
    system = await startSystem({
      env: { API_KEYS: `shop:${token}` },
      simulator: { dials: { delayMs: 150, pictures: 'placeholder' } },
    });
    apiUrl = `${system.urls.api}/v1/kling/images/virtual-try-on`;
  });
  afterAll(() => system?.close());

  it('keeps working: the documented curl request', async () => {
    const answer = await curl([
      ...['-X', 'POST', apiUrl],
      ...['-H', 'Content-Type: application/json'],
      ...['-H', `Authorization: Bearer ${token}`],
      '-d',
      `{
         "email": "${email}",
         "humanImage": "https://example.com/person.jpg",
         "dressInput": "https://example.com/dress.jpg",
         "imageCount": 2
       }`,
    ]);
    await expectPictures(answer);
  });

  it('keeps working: the same as multipart/form-data', async () => {
    const answer = await curl([
      ...['-X', 'POST', apiUrl],
      ...['-H', `Authorization: Bearer ${token}`],
      ...['-F', `email=${email}`],
      ...['-F', 'humanImage=https://example.com/person.jpg'],
      ...['-F', 'dressInput=https://example.com/dress.jpg'],
      ...['-F', 'imageCount=2'],
    ]);
    await expectPictures(answer);
  });

  it('keeps working: the documented JavaScript', async () => {
    const response = await fetch(apiUrl, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Authorization: `Bearer ${token}`,
      },
      body: JSON.stringify({
        email: email,
        humanImage: 'https://example.com/person.jpg',
        dressInput: 'https://example.com/dress.jpg',
        imageCount: 2,
      }),
    });
    const result = (await response.json()) as Model;
    expect(response.status).toBe(200);
    await expectPictures(result);
  });

  it('is told of its mistakes in the documented words', async () => {
    const headers = { authorization: `Bearer ${token}` };
    const body = { humanImage: 'https://example.com/person.jpg' };
    const path = '/v1/kling/images/virtual-try-on';
    const refused = await system.post(path, body, headers);
    expect([refused.status, refused.body]).toEqual([
      400,
      { error: 'At least one of dressInput, upperInput or lowerInput must be provided' },
    ]);
    const stranger = await system.post(path, body, { authorization: 'Bearer somebody-else' });
    expect([stranger.status, stranger.body]).toEqual([401, { error: 'Unauthorized', code: 401 }]);
  });

  /** The submit's answer is the documented one, and the task it names ends with pictures. */
  async function expectPictures(answer: Model): Promise<void> {
    expect(fieldsOf(answer)).toEqual(expect.arrayContaining(fieldsOf(seedAnswer)));
    const { task: submitted, ...rest } = seedAnswer;
    expect(answer).toMatchObject(rest);
    const { status, status_name, status_final, type, scene } = submitted;
    expect(answer.task).toMatchObject({ status, status_name, status_final, type, scene });
    expect(Number.isSafeInteger(answer.task.id)).toBe(true);
    expect(answer.task.taskInfo.inputs).toEqual(seedAnswer.task.taskInfo.inputs);
    expect(answer.task.taskInfo.arguments).toContainEqual({ name: 'imageCount', value: '2' });
    const task = await eventually(async () => {
      const path = `/v1/kling/tasks/${answer.task.id}`;
      const body: Model = (await system.get(path, { authorization: `Bearer ${token}` })).body;
      expect(body).toMatchObject({ status: 99, status_name: 'succeed', status_final: true });
      return body;
    });
    expect(task.works).toHaveLength(2);
    for (const work of task.works) await expectPng(work.resource.resource);
  }
});

type Model = Omit<typeof seedAnswer, 'works'> & { works: { resource: { resource: string } }[] };

/** Every documented field, by its path: `task.taskInfo.inputs[].name`. */
function fieldsOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((entry) => fieldsOf(entry, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [path];
  const fields = Object.entries(value);
  return [path, ...fields.flatMap(([name, field]) => fieldsOf(field, `${path}.${name}`))];
}

async function expectPng(url: string): Promise<void> {
  const response = await fetch(url);
  expect(response.headers.get('content-type')).toBe('image/png');
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  expect(bytes.subarray(-8, -4).toString('latin1')).toBe('IEND');
}

async function curl(args: readonly string[]): Promise<Model> {
  if (!hasCurl) return fetchLikeCurl(args);
  const run = startProcess('curl', ['--silent', '--show-error', '--fail-with-body', ...args], {});
  const { code } = await run.ended();
  expect(code, run.output()).toBe(0);
  return JSON.parse(run.output());
}

/** The same request where there is no curl: `-H` headers, `-d` a body, `-F` the fields of a form. */
async function fetchLikeCurl([, method = '', address = '', ...options]: readonly string[]): Promise<Model> {
  const valuesOf = (flag: string) => options.filter((_, index) => options[index - 1] === flag);
  const split = (text: string, by: string) =>
    [text.split(by, 1)[0] ?? '', text.slice(text.indexOf(by) + 1)] as const;
  const form = new FormData();
  for (const field of valuesOf('-F')) form.append(...split(field, '='));
  const [body = form] = valuesOf('-d');
  const headers = new Headers({ accept: '*/*', 'user-agent': 'curl/8' });
  for (const header of valuesOf('-H')) headers.set(...split(header, ':'));
  const response = await fetch(address, { method, headers, body });
  expect(response.status).toBe(200);
  return (await response.json()) as Model;
}
