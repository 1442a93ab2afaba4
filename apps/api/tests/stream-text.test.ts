import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '@catwalk/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { streamText } from '../src/stream-text.js';

const PIECE = `${'x'.repeat(65_535)}\n`;
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A server that streams so many pieces, and a client that does not read them yet. */
async function stream(
  count: number,
  { brokenAt = Number.POSITIVE_INFINITY, unreadMaxMs = 60_000, slowAt = -1 } = {},
) {
  const told = { made: 0, ended: false, result: null as unknown };
  let answering: ServerResponse | undefined;
  async function* pieces() {
    try {
      for (; told.made < count; told.made += 1) {
        if (told.made === brokenAt) throw new Error('broken');
        if (told.made === slowAt) await once(answering as ServerResponse, 'timeout');
        yield PIECE;
      }
    } finally {
      told.ended = true;
    }
  }
  const server = createServer((_request, response) => {
    answering = response;
    streamText(response, { 'Content-Type': 'text/plain' }, pieces(), unreadMaxMs).then(
      (whole) => {
        told.result = whole;
      },
      (error) => {
        told.result = error;
      },
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const asked = request({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  asked.on('error', () => undefined);
  asked.end();
  const [response] = await once(asked, 'response');
  return { told, response, answer: () => answering as ServerResponse };
}

describe('a text that is streamed', () => {
  it('is made no faster than it is read, and then to its end', async () => {
    const { told, response, answer } = await stream(1_000);
    await eventually(() => expect(answer().writableNeedDrain).toBe(true));
    const made = told.made;
    expect(made).toBeLessThan(500);
    for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
    expect(told.made - made).toBeLessThan(100);
    expect(answer().writableLength).toBeLessThan(1_048_576);
    let length = 0;
    for await (const piece of response) length += piece.length;
    expect(length).toBe(1_000 * PIECE.length);
    await eventually(() => expect(told).toMatchObject({ ended: true, result: true }));
  });

  it('is made no more when the client goes away', async () => {
    const { told, response } = await stream(100_000);
    response.destroy();
    await eventually(() => expect(told).toMatchObject({ ended: true, result: false }));
    expect(told.made).toBeLessThan(100_000);
  });

  it('is cut off when the client takes nothing for too long', async () => {
    const { told, response } = await stream(1_000, { unreadMaxMs: 50 });
    await eventually(() => expect(told).toMatchObject({ ended: true, result: false }));
    expect(told.made).toBeLessThan(1_000);
    const whole = (async () => {
      for await (const _ of response);
    })();
    await expect(whole).rejects.toThrow('aborted');
  });

  it('goes on to a client that reads, however long a piece takes to be made', async () => {
    const { told, response } = await stream(3, { unreadMaxMs: 50, slowAt: 2 });
    let length = 0;
    for await (const piece of response) length += piece.length;
    expect(length).toBe(3 * PIECE.length);
    await eventually(() => expect(told).toMatchObject({ ended: true, result: true }));
  });

  it('that breaks in the middle never looks whole', async () => {
    const { told, response } = await stream(1_000, { brokenAt: 500 });
    const whole = (async () => {
      for await (const _ of response);
    })();
    await expect(whole).rejects.toThrow('aborted');
    await eventually(() => expect(told).toMatchObject({ ended: true, result: { message: 'broken' } }));
  });
});
