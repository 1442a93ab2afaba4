import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Database,
  openDatabase,
  rememberRooms,
  sequenceEvents,
  tellEvents,
} from '@catwalk/infra/postgres';
import { createLogger, createOutageLog } from '@catwalk/infra/process';
import { databaseForFile, eventually, openWire, runSql } from '@catwalk/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEventStreams } from '../src/event-stream/create-event-streams.js';
import { contextFromConfig, createApi } from '../src/index.js';
import { type OpenStream, openStream } from './read-stream.js';
import { as, defaults, garment, keyed, startApi } from './start-api.js';

const database = await databaseForFile();
const api = await startApi(database.url, keyed);
const address = `${api.url}/v1/events/stream`;
const opened: OpenStream[] = [];
const stops: (() => Promise<void>)[] = [];
beforeEach(() => runSql(database.url, 'TRUNCATE catwalk.event_outbox, catwalk.published_event'));
afterEach(async () => {
  for (const stream of opened.splice(0)) stream.close();
  for (const stop of stops.splice(0)) await stop();
});

async function open(
  query = '',
  who: Parameters<typeof as>[0] = 'anna',
  headers: Record<string, string> = {},
  at = address,
): Promise<OpenStream> {
  const stream = await openStream(`${at}${query}`, { ...as(who), ...headers });
  opened.push(stream);
  return stream;
}

/** So many events of a client, with a name each, that have their positions. */
async function happen(names: readonly string[], client: string | null = 'anna', ballast = '') {
  const events = names.map((name) => ({
    type: 'batch.paused' as const,
    client,
    actor: 'test',
    data: { name, ballast },
  }));
  await tellEvents(api.database.prisma, events);
  while ((await sequenceEvents(api.database)) > 0);
}

/** More than the buffers between two sockets hold. */
async function happenLargely(names: readonly string[]) {
  for (let n = 0; n < names.length; n += 50)
    await happen(names.slice(n, n + 50), 'anna', 'x'.repeat(100_000));
}

const namesOf = (stream: OpenStream) =>
  stream.events().flatMap(({ id, data }) => (id === null ? [] : [data.details.name]));
const arrives = (stream: OpenStream, names: readonly string[]) =>
  eventually(() => expect(namesOf(stream)).toEqual(names));
const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `${from + n}`);

describe('GET /v1/events/stream', () => {
  it('sends events as they happen, for no cache and no buffer on the way', async () => {
    const stream = await open();
    expect(stream.status).toBe(200);
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    expect(stream.headers['content-encoding']).toBeUndefined();
    const { body } = await api.post('/v1/try-ons', garment, as('anna'));
    await happen(['other']);
    await eventually(() => expect(stream.events()).toHaveLength(2));
    const [first] = stream.events();
    expect(first).toMatchObject({
      event: 'try_on.queued',
      data: { object: 'event', type: 'try_on.queued', tryOnId: body.id, data: { id: body.id } },
    });
    expect(first?.id).toBe(String(first?.data.position));
  });

  it('begins with now, behind ?after, or behind Last-Event-ID, which goes before it', async () => {
    await happen(['1', '2', '3']);
    const all = await open('?after=0');
    await arrives(all, ['1', '2', '3']);
    const [first, second] = all.events().map(({ id }) => id ?? '');
    const behind = await open('?after=0', 'anna', { 'last-event-id': second ?? '' });
    const now = await open();
    await happen(['4']);
    await arrives(all, ['1', '2', '3', '4']);
    await arrives(behind, ['3', '4']);
    await arrives(await open(`?after=${first}`), ['2', '3', '4']);
    await arrives(now, ['4']);
    expect(now.blocks[0]).toMatchObject({ id: all.events()[2]?.id, event: null });
  });

  it.each(['', 'x', '-1', '1e3', '9007199254740992'])('refuses the Last-Event-ID %j', async (id) => {
    const { status, body } = await api.request('/v1/events/stream', {
      headers: { ...as('anna'), 'last-event-id': id },
    });
    expect([status, body.errors[0].path]).toEqual([400, 'Last-Event-ID']);
  });

  it('refuses unknown types by name', async () => {
    const { status, body } = await api.request('/v1/events/stream?types=eaten', { headers: as('anna') });
    expect([status, body.errors[0].message]).toEqual([400, expect.stringContaining('"eaten"')]);
  });

  it('waits behind the end where the position is beyond it', async () => {
    const stream = await open('?after=9007199254740991');
    await happen(['1']);
    expect(stream.status).toBe(200);
    expect(stream.events()).toEqual([]);
  });

  it('shows a client its own and an admin all, both what was and what comes', async () => {
    await happen(['hers 1']);
    await happen(['his 1'], 'ben');
    await happen(['ours 1'], null);
    const streams = await Promise.all(
      (['anna', 'ben', 'admin'] as const).map((who) => open('?after=0', who)),
    );
    await happen(['hers 2']);
    await happen(['his 2'], 'ben');
    await happen(['ours 2'], null);
    const [anna, ben, admin] = streams as [OpenStream, OpenStream, OpenStream];
    await arrives(anna, ['hers 1', 'hers 2']);
    await arrives(ben, ['his 1', 'his 2']);
    await arrives(admin, ['hers 1', 'his 1', 'ours 1', 'hers 2', 'his 2', 'ours 2']);
  });

  it('lets only types, try-on and batch pass that were asked for, and tells the position of what it left out', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 2; n += 1) ids.push((await api.post('/v1/try-ons', garment, as('anna'))).body.id);
    const batchId = `bat_${'1'.repeat(32)}`;
    const ofBatch = async () => {
      await tellEvents(api.database.prisma, [
        { type: 'batch.finished', client: 'anna', batchId, actor: 'worker', data: {} },
      ]);
      await happen(['last']);
    };
    await ofBatch();
    const one = await open(`?after=0&tryOnId=${ids[0]}`);
    const batch = await open(`?after=0&batchId=${batchId}`);
    const typed = await open('?after=0&types=try_on.canceled,batch.finished');
    await api.post(`/v1/try-ons/${ids[0]}/cancel`, {}, as('anna'));
    await api.post(`/v1/try-ons/${ids[1]}/cancel`, {}, as('anna'));
    await ofBatch();
    const types = (stream: OpenStream) => stream.events().map(({ event }) => event);
    await eventually(() => {
      expect(types(one)).toEqual(['try_on.queued', 'try_on.canceled']);
      expect(types(batch)).toEqual(['batch.finished', 'batch.finished']);
      expect(types(typed)).toEqual([
        'batch.finished',
        'try_on.canceled',
        'try_on.canceled',
        'batch.finished',
      ]);
    });
    expect(one.events().every(({ data }) => data.tryOnId === ids[0])).toBe(true);
  });

  it('catches up from far behind while more happens: each once, in order', async () => {
    const total = 2_000;
    await happen(numbered(1_500));
    const streams = await Promise.all([open('?after=0'), open('?after=0', 'admin'), open('?after=0')]);
    for (let n = 1_500; n < total; n += 10) await happen(numbered(10, n));
    for (const stream of streams) {
      await eventually(() => expect(stream.events()).toHaveLength(total), { timeoutMs: 20_000 });
      expect(namesOf(stream)).toEqual(numbered(total));
    }
  });

  it('lets a client have 20 open, and others theirs', async () => {
    const streams = await Promise.all(Array.from({ length: 20 }, () => open('', 'ben')));
    expect(streams.map(({ status }) => status)).toEqual(Array(20).fill(200));
    const refused = await api.request('/v1/events/stream', { headers: as('ben') });
    expect([refused.status, refused.body.code]).toEqual([429, 'too_many_requests']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await open('', 'anna')).status).toBe(200);
    streams[0]?.close();
    await eventually(async () => expect((await open('', 'ben')).status).toBe(200));
  });

  it('answers HEAD without a stream', async () => {
    const { status, headers, body } = await api.request('/v1/events/stream', {
      method: 'HEAD',
      headers: as('anna'),
    });
    expect([status, headers.get('content-type'), body]).toEqual([200, 'text/event-stream', null]);
  });

  it('goes on over a restart of the server: each once, in order', async () => {
    const start = async () => {
      const db = openDatabase({ url: database.url, poolMax: 4 });
      const carrier = { wake: () => undefined, ping: async () => undefined, close: async () => undefined };
      const logger = createLogger({ app: 'api', level: 'silent' });
      const config = { ...defaults(database.url), ...keyed };
      const one = createApi(contextFromConfig(config, { database: db, carrier, logger }));
      const { url } = await one.start();
      const stop = async () => {
        await one.close();
        await db.close();
      };
      return { url: `${url}/v1/events/stream`, stop };
    };
    const seen: string[] = [];
    let lastId = '0';
    for (let round = 0; round < 3; round += 1) {
      const server = await start();
      const stream = await open('', 'anna', { 'last-event-id': lastId }, server.url);
      await happen(numbered(50, round * 100));
      await eventually(() => expect(stream.events().length).toBeGreaterThanOrEqual(round === 0 ? 50 : 100));
      const stoppedAt = performance.now();
      await server.stop();
      expect(performance.now() - stoppedAt).toBeLessThan(2_000);
      await stream.ended;
      const last = stream.blocks.at(-1);
      expect(last).toMatchObject({ id: null, event: 'stream.ended', data: { reason: 'stopping' } });
      seen.push(...namesOf(stream));
      lastId = stream.lastId();
      await happen(numbered(50, round * 100 + 50));
    }
    expect(seen).toEqual(numbered(250));
  });
});

/** The streams by themselves, with times of a test's own; what a reader is called stands in its address. */
async function serveStreams(
  times: { patienceMs?: number; heartbeatMs?: number } = {},
  databaseUrl = database.url,
) {
  const db = openDatabase({ url: databaseUrl, poolMax: 8 });
  const statements = { count: 0 };
  const lines: string[] = [];
  const logger = createLogger({
    app: 'api',
    level: 'info',
    destination: { write: (line: string) => void lines.push(line) },
  });
  const context = {
    config: defaults(databaseUrl),
    database: counted(db, statements),
    logger,
    outages: createOutageLog(logger),
  };
  const rooms = rememberRooms(db);
  const streams = createEventStreams(context, rooms, times);
  const server = createServer((request, response) => {
    const client = (request.url ?? '').slice(1);
    const filter = { types: null, batchId: null, tryOnId: null };
    const asked = { viewer: null, filter, after: 0n };
    streams.follow({ client, admin: true }, response, asked).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    await streams.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await db.close();
  };
  stops.push(stop);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const openAs = async (client: string) => {
    const stream = await openStream(`${url}/${client}`);
    opened.push(stream);
    return stream;
  };
  return { openAs, statements, lines };
}

/** Readers that have caught up ask the database nothing of their own. */
async function untilLive(statements: { readonly count: number }): Promise<void> {
  let before = -1;
  const isQuiet = () => {
    const last = before;
    before = statements.count;
    expect(before).toBe(last);
  };
  await eventually(isQuiet, { intervalMs: 300 });
}

function counted(db: Database, statements: { count: number }): Database {
  const prisma = new Proxy(db.prisma, {
    get: (target, name) => {
      if (name === '$queryRaw') statements.count += 1;
      return Reflect.get(target, name);
    },
  });
  return { ...db, prisma };
}

describe('streams of events', () => {
  it('read the end of the log once for all: 200 readers cost the database no more than one', async () => {
    const { openAs, statements } = await serveStreams();
    await happen(['first']);
    const readers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => openAs(`client ${n % 10}`.replace(' ', '-'))),
    );
    for (const reader of readers) await arrives(reader, ['first']);
    await untilLive(statements);
    const before = statements.count;
    for (let n = 0; n < 20; n += 1) await happen([`${n}`]);
    for (const reader of readers) await arrives(reader, ['first', ...numbered(20)]);
    // A round reads the log, and whether more came meanwhile.
    expect(statements.count - before).toBeLessThan(100);
  });

  it('cut off who takes nothing, with the reason, and nobody else notices', async () => {
    const { openAs, lines } = await serveStreams({ patienceMs: 1_000 });
    const [slow, other] = await Promise.all([openAs('slow'), openAs('other')]);
    await eventually(() => expect(slow.blocks.length).toBeGreaterThan(0));
    slow.pause();
    const names = numbered(200);
    await happenLargely(names);
    await arrives(other, names);
    const cut = () => lines.find((line) => line.includes('"reason":"too_slow"'));
    await eventually(() => expect(cut()).toBeDefined());
    slow.resume();
    await slow.ended;
    expect(JSON.parse(cut() ?? '')).toMatchObject({ msg: 'stream.ended', client: 'slow' });
    expect(slow.blocks.at(-1)).toMatchObject({
      id: null,
      event: 'stream.ended',
      data: { reason: 'too_slow' },
    });
    expect(namesOf(slow)).toEqual(names.slice(0, namesOf(slow).length));
    await happen(['after']);
    await arrives(other, [...names, 'after']);
  });

  it('take who is slow for a while off the shared end, and bring it back: each event once, in order', async () => {
    const { openAs, lines } = await serveStreams();
    const slow = await openAs('slow');
    await eventually(() => expect(slow.blocks.length).toBeGreaterThan(0));
    slow.pause();
    const names = numbered(200);
    await happenLargely(names);
    slow.resume();
    await arrives(slow, names);
    await happen(['after']);
    await arrives(slow, [...names, 'after']);
    slow.close();
    const line = await eventually(() => {
      const found = lines.find((one) => one.includes('stream.ended'));
      if (found === undefined) throw new Error('not told yet');
      return JSON.parse(found);
    });
    expect(line).toMatchObject({ client: 'slow', reason: 'gone', events: 201 });
  });

  it('stay open while the database is away, and go on when it is back: none is missed', async () => {
    const wire = await openWire(database.url);
    const { openAs, lines, statements } = await serveStreams({}, wire.url);
    const reader = await openAs('patient');
    await happen(['1', '2']);
    await arrives(reader, ['1', '2']);
    await untilLive(statements);
    await wire.cut();
    await happen(['3']);
    await eventually(() => expect(lines.some((line) => line.includes('outage.began'))).toBe(true));
    await wire.mend();
    await arrives(reader, ['1', '2', '3']);
    await happen(['4']);
    await arrives(reader, ['1', '2', '3', '4']);
    stops.push(() => wire.close());
  });

  it('show that they live where nothing happens, with the position', async () => {
    const { openAs } = await serveStreams({ heartbeatMs: 20 });
    await happen(['1']);
    const reader = await openAs('quiet');
    await arrives(reader, ['1']);
    const { id } = reader.events()[0] ?? {};
    await eventually(() => expect(reader.blocks.filter(({ comment }) => comment).length).toBeGreaterThan(2));
    expect(reader.blocks.at(-1)).toEqual({ id, event: null, data: null, comment: true });
  });
});
