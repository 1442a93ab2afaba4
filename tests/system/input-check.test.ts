import { eventually, type ImageServer, sendImage, startImageServer } from '@catwalk/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type System, startSystem } from './start-system.js';

let system: System;
let images: ImageServer;
let mended = false;

beforeAll(async () => {
  images = await startImageServer((request, response) => {
    if (request.url === '/silent.png') return;
    if (request.url === '/dress.png' && !mended) return void response.writeHead(404).end('not here');
    sendImage(request, response);
  });
  system = await startSystem({
    simulator: { dials: { delayMs: 20, pictures: 'placeholder' } },
    env: { INPUT_CHECK: 'head', ALLOW_PRIVATE_ADDRESSES: 'on' },
  });
});
afterAll(async () => {
  await system?.close();
  await images?.close();
});

const post = async (person: string) => {
  const body = { humanImage: `${images.url}/${person}`, dressInput: `${images.url}/dress.png` };
  return (await system.post('/v1/try-ons', body)).body.id as string;
};
const final = async (id: string) => (await system.get(`/v1/try-ons/${id}?wait=20`)).body;

it('a client is told which image of a try-on cannot be used, is billed nothing, and may retry when it is mended', async () => {
  const id = await post('person.png');
  expect(await final(id)).toMatchObject({
    status: 'failed',
    attempts: 0,
    error: { code: 'invalid_input', message: 'dressInput: the server answers 404', retryable: false },
  });
  expect(system.simulator.bill().accepted).toBe(0);

  mended = true;
  expect(await system.post(`/v1/try-ons/${id}/retry`, {})).toMatchObject({ status: 200 });
  expect(await final(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
});

it('a client is told that a try-on waits for a look at its images', async () => {
  mended = true;
  const id = await post('silent.png');
  await eventually(async () => {
    const { body } = await system.get(`/v1/try-ons/${id}`);
    expect(body.waitingFor).toEqual({
      code: 'input_check',
      since: expect.any(String),
      until: null,
      detail: 'Its input images are looked at before it takes a slot',
    });
    expect(images.asked).toContain('HEAD /silent.png');
  });
});
