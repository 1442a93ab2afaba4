import { configFromEnv, contextFromConfig, createApi } from '@catwalk/api';
import type { Event } from '@catwalk/contract';
import { openDatabase, sequenceEvents, tellEvents } from '@catwalk/infra/postgres';
import { createLogger } from '@catwalk/infra/process';
import { databaseForFile, eventually } from '@catwalk/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { ApiError, createCatwalk, type Events } from '../src/index.js';
import { answer, type Behaviour, hangUp, refuse, startFakeApi } from './fake-api.js';

const fake = await startFakeApi();
const client = createCatwalk({ baseUrl: fake.url, apiKey: 'key', maxRetries: 0 });

function eventAt(position: number): Event {
  return {
    id: `evt_${position}`,
    object: 'event',
    type: 'batch.finished',
    position,
    livemode: false,
    client: 'shop',
    actor: 'worker',
    createdAt: '2030-01-31T12:00:00.000Z',
    tryOnId: null,
    batchId: null,
    account: null,
    details: {},
    data: null,
  };
}

const block = (position: number) =>
  `id: ${position}\nevent: batch.finished\ndata: ${JSON.stringify(eventAt(position))}\n\n`;

/** Sends text as a stream and leaves it open, ends it, or breaks it off. */
function stream(text: string, then: 'open' | 'end' | 'break' = 'open'): Behaviour {
  return (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(text, () => {
      if (then === 'end') response.end();
      if (then === 'break') request.socket.destroy();
    });
  };
}

/** Follows until so many have come. */
async function take(events: AsyncIterable<Event>, count: number): Promise<number[]> {
  const positions: number[] = [];
  if (count === 0) return positions;
  for await (const { position } of events) {
    positions.push(position);
    if (positions.length === count) break;
  }
  return positions;
}

const follow = (options: Parameters<Events['follow']>[0] = {}) => client.events.follow(options);

describe('events.follow', () => {
  it('begins with now, and asks only for what is wanted', async () => {
    fake.behave(stream(`id: 6\n\n${block(7)}`));
    expect(await take(follow({ types: ['try_on.failed', 'batch.finished'], batchId: 'bat_1' }), 1)).toEqual([
      7,
    ]);
    const [first] = fake.arrived;
    const url = new URL(first?.url ?? '', fake.url);
    expect(url.pathname).toBe('/v1/events/stream');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      after: 'latest',
      types: 'try_on.failed,batch.finished',
      batchId: 'bat_1',
    });
    expect(first?.headers).toMatchObject({ authorization: 'Bearer key' });
    expect(first?.headers['last-event-id']).toBeUndefined();
  });

  it('goes on behind the last event, wherever the connection broke, and lets nothing pass twice', async () => {
    fake.behave(
      stream(`id: 2\n\n${block(3)}${block(4)}${block(5).slice(0, 30)}`, 'break'),
      hangUp,
      stream(`id: 4\n\n${block(4)}${block(5)}: still here\nid: 9\n\n`, 'end'),
      stream(`id: 9\n\n${block(10)}`),
    );
    expect(await take(follow({ after: 2 }), 4)).toEqual([3, 4, 5, 10]);
    expect(fake.arrived.map(({ headers }) => headers['last-event-id'])).toEqual(['2', '4', '4', '9']);
  });

  it('goes on after the last words of a server that stops', async () => {
    const words = 'event: stream.ended\ndata: {"reason":"stopping","detail":"Catwalk is being stopped"}\n\n';
    fake.behave(stream(`${block(1)}${words}`, 'end'), stream(block(2)));
    expect(await take(follow({ after: 0 }), 2)).toEqual([1, 2]);
  });

  it('asks page by page where a stream cannot be had', async () => {
    const list = (positions: number[], nextAfter: number) =>
      answer(200, { data: positions.map(eventAt), nextAfter, hasMore: true });
    for (const without of [refuse(404, 'not_found'), refuse(429, 'too_many_requests'), answer(200, {})]) {
      fake.arrived.length = 0;
      fake.behave(without, list([], 7), list([8, 9], 9));
      expect(await take(follow(), 2)).toEqual([8, 9]);
      expect(fake.arrived.map(({ url }) => url)).toEqual([
        '/v1/events/stream?after=latest',
        '/v1/events?after=latest&limit=200',
        '/v1/events?after=7&limit=200',
      ]);
    }
  });

  it('throws what does not pass', async () => {
    fake.behave(refuse(401, 'unauthorized'));
    await expect(take(follow(), 1)).rejects.toBeInstanceOf(ApiError);
    fake.behave(stream(`id: 1\n\nid: 2\nevent: x\ndata: {"object":"other"}\n\n`));
    await expect(take(follow(), 1)).rejects.toThrow('not what the contract says');
  });

  it('gives up after maxRetries that brought nothing', async () => {
    fake.behave(hangUp);
    await expect(take(follow({ maxRetries: 1 }), 1)).rejects.toThrow('no connection');
    expect(fake.arrived).toHaveLength(2);
  });

  it('ends with the signal, while it waits for events and while it waits to come back', async () => {
    for (const behaviour of [stream('id: 1\n\n'), hangUp]) {
      fake.arrived.length = 0;
      fake.behave(behaviour);
      const stopping = new AbortController();
      const following = take(follow({ signal: stopping.signal }), 1);
      following.catch(() => undefined);
      await eventually(() => expect(fake.arrived.length).toBeGreaterThan(0));
      stopping.abort(new Error('enough'));
      await expect(following).rejects.toThrow('enough');
    }
  });

  it('closes the connection when nobody reads any more', async () => {
    let closed = false;
    fake.behave((request, response) => {
      response.once('close', () => {
        closed = true;
      });
      return stream(block(1))(request, response, fake.arrived[0] as never);
    });
    expect(await take(follow(), 1)).toEqual([1]);
    await eventually(() => expect(closed).toBe(true));
  });
});

describe('with the running API', async () => {
  const store = await databaseForFile();
  const db = openDatabase({ url: store.url, poolMax: 4 });
  afterAll(() => db.close());
  const happen = async (from: number, count: number) => {
    const events = Array.from({ length: count }, (_, n) => ({
      type: 'callbacks.silent' as const,
      client: 'default',
      actor: 'test',
      data: { n: from + n },
    }));
    await tellEvents(db.prisma, events);
    while ((await sequenceEvents(db)) > 0);
  };
  const start = async (port: number) => {
    const carrier = { wake: () => undefined, ping: async () => undefined, close: async () => undefined };
    const logger = createLogger({ app: 'api', level: 'silent' });
    const api = createApi(
      contextFromConfig(
        configFromEnv({
          MODE: 'sandbox',
          DATABASE_URL: store.url,
          API_PORT: String(port),
          LOG_LEVEL: 'silent',
        }),
        { database: db, carrier, logger },
      ),
    );
    const { url, port: listening } = await api.start();
    return { url, port: listening, close: () => api.close() };
  };

  it('lists all that happened, and follows what happens over restarts: each once, in order', async () => {
    let api = await start(0);
    const running = createCatwalk({ baseUrl: api.url });
    await happen(0, 450);
    const listed: unknown[] = [];
    for await (const { details } of running.events.list({ limit: 200 })) listed.push(details.n);
    expect(listed).toEqual(Array.from({ length: 450 }, (_, n) => n));
    const { nextAfter } = await running.events.list({ after: 'latest' }).page();
    const seen: unknown[] = [];
    const stopping = new AbortController();
    const following = (async () => {
      for await (const { details } of running.events.follow({ after: nextAfter, signal: stopping.signal }))
        seen.push(details.n);
    })();
    following.catch(() => undefined);
    for (let round = 0; round < 2; round += 1) {
      await happen(1_000 + round * 20, 10);
      await eventually(() => expect(seen.length).toBeGreaterThanOrEqual(10 + round * 20));
      await api.close();
      await happen(1_010 + round * 20, 10);
      api = await start(api.port);
    }
    await eventually(() => expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => 1_000 + n)));
    stopping.abort();
    await following.catch(() => undefined);
    await api.close();
  });
});
