import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';
import { type Event, eventSchema } from '@catwalk/contract';
import { eventually } from '@catwalk/testkit';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import { type CatwalkRun, runCatwalk, startCatwalk } from './run-catwalk.js';

const SECRET = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
const runs: CatwalkRun[] = [];
const closes: (() => void)[] = [];
afterEach(async () => {
  for (const run of runs.splice(0)) {
    run.child.kill('SIGKILL');
    await run.ended();
  }
  for (const close of closes.splice(0)) close();
});

function eventAt(position: number, type = 'try_on.queued'): Event {
  return eventSchema.parse({
    id: `evt_${String(position).padStart(32, '0')}`,
    object: 'event',
    type,
    position,
    livemode: false,
    client: 'default',
    actor: 'worker',
    createdAt: '2030-01-31T12:00:00.000Z',
    tryOnId: `try_${String(position).padStart(32, '0')}`,
    batchId: null,
    account: null,
    details: { reason: 'because' },
    data: null,
  });
}

interface Arrived {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function serveAnything(answer: (arrived: Arrived, response: ServerResponse) => void, port = 0) {
  const arrived: Arrived[] = [];
  const server = createServer(async (request, response) => {
    const one = { url: request.url ?? '', headers: request.headers, body: await text(request) };
    arrived.push(one);
    answer(one, response);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  closes.push(close);
  const { port: listening } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${listening}`, port: listening, arrived, close };
}

/** An API whose log has these events, and which streams whatever is told later. */
async function startEventServer(events: readonly Event[]) {
  const open = new Set<ServerResponse>();
  const block = (event: Event) =>
    `id: ${event.position}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  const server = await serveAnything(({ url, headers }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://any');
    const after = Number(headers['last-event-id'] ?? searchParams.get('after'));
    const found = events.filter(({ position }) => position > after);
    if (pathname === '/v1/events/stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`id: 0\n\n${found.map(block).join('')}`);
      open.add(response);
      return;
    }
    const limit = Number(searchParams.get('limit'));
    const data = found.slice(0, limit);
    const nextAfter = data.at(-1)?.position ?? after;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ data, nextAfter, hasMore: found.length > limit }));
  });
  const tell = (event: Event) => {
    for (const response of open) response.write(block(event));
  };
  return { ...server, env: { CATWALK_URL: server.url }, open, tell };
}

function start(env: Readonly<Record<string, string>>, ...typed: string[]): CatwalkRun {
  const run = startCatwalk(tmpdir(), env, ...typed);
  runs.push(run);
  return run;
}

describe('catwalk events', () => {
  it('shows what has happened, and how to go on', async () => {
    const api = await startEventServer([eventAt(1), eventAt(2, 'batch.paused'), eventAt(3)]);
    const typed = ['events', '--limit', '2', '--types', 'try_on.queued,batch.paused', '--batch', 'bat_1'];
    const { code, stdout, stderr } = await runCatwalk(tmpdir(), api.env, ...typed);
    expect([code, stderr]).toEqual([0, 'go on with --after 2\n']);
    expect(stdout.split('\n')[1]).toMatch(/^ +2 {2}2030-.* {2}batch.paused {2,}try_0+2 {2}reason=because$/);
    const asked = new URL(api.arrived[0]?.url ?? '', api.url).searchParams;
    expect(Object.fromEntries(asked)).toEqual({
      types: 'try_on.queued,batch.paused',
      batchId: 'bat_1',
      limit: '2',
    });
    const { stdout: json } = await runCatwalk(tmpdir(), api.env, 'events', '--after', '2', '--json');
    expect(JSON.parse(json)).toEqual({ data: [eventAt(3)] });
  });

  it('follows what happens, and says when it is stopped how to go on', async () => {
    const api = await startEventServer([eventAt(1), eventAt(2)]);
    const run = start(api.env, 'events', '--follow', '--after', '1');
    await run.untilSaid('try_00000000000000000000000000000002');
    api.tell(eventAt(7));
    await run.untilSaid('try_00000000000000000000000000000007');
    run.child.kill('SIGINT');
    expect(await run.ended()).toBe(130);
    expect(run.stdout().split('\n')).toHaveLength(3);
    expect(run.stderr()).toBe('go on with --after 7\n');
  });

  it('refuses a type that there is not', async () => {
    const { code, stderr } = await runCatwalk(tmpdir(), {}, 'events', '--types', 'eaten');
    expect(code).toBe(1);
    expect(stderr).toContain('comma-separated list of try_on.queued');
  });
});

describe('catwalk listen', () => {
  it('posts each event once, in order, signed as the specification says, and prints what came of it', async () => {
    const api = await startEventServer([eventAt(1), eventAt(2), eventAt(3, 'try_on.failed')]);
    const hook = await serveAnything(({ body }, response) =>
      response.writeHead(JSON.parse(body).position === 2 ? 500 : 204).end(),
    );
    const typed = ['listen', '--forward-to', `${hook.url}/hook?a=1`, '--secret', SECRET, '--after', '0'];
    const run = start(api.env, ...typed);
    await run.untilSaid('try_on.failed');
    expect(hook.arrived.map(({ url }) => url)).toEqual(Array(3).fill('/hook?a=1'));
    const verified = hook.arrived.map(({ body, headers }) =>
      new Webhook(SECRET).verify(body, headers as Record<string, string>),
    );
    expect(verified).toEqual([eventAt(1), eventAt(2), eventAt(3, 'try_on.failed')]);
    expect(hook.arrived[0]?.headers).toMatchObject({
      'webhook-id': eventAt(1).id,
      'content-type': 'application/json',
    });
    const [first, second] = run.stdout().split('\n');
    expect(first).toMatch(/^ +1 {2}try_on.queued +evt_0+1 {2}204 {2}\d+ ms$/);
    expect(second).toMatch(/ {2}500 {2}\d+ ms$/);
    run.child.kill('SIGTERM');
    expect(await run.ended()).toBe(130);
    expect(run.stderr()).toContain('go on with --after 3');
    expect(`${run.stdout()}${run.stderr()}`).not.toContain(SECRET);
  });

  it('shows a secret of its own once, which verifies', async () => {
    const api = await startEventServer([eventAt(1)]);
    const hook = await serveAnything((_, response) => response.end());
    const run = start(api.env, 'listen', '--forward-to', hook.url, '--after', '0', '--json');
    await eventually(() => expect(run.stdout().split('\n')).toHaveLength(3));
    const [{ secret }, forwarded] = run
      .stdout()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(forwarded).toMatchObject({ position: 1, id: eventAt(1).id, status: 200, error: null });
    const [one] = hook.arrived;
    expect(new Webhook(secret).verify(one?.body ?? '', one?.headers as Record<string, string>)).toEqual(
      eventAt(1),
    );
  });

  it('waits for a server that is being started, and follows no redirect', async () => {
    const api = await startEventServer([eventAt(1), eventAt(2)]);
    const gone = await serveAnything(() => undefined);
    gone.close();
    const run = start(
      { ...api.env, CATWALK_WEBHOOK_SECRET: SECRET },
      ...['listen', '--forward-to', gone.url, '--after', '0'],
    );
    await run.untilSaid('sending events');
    await eventually(() => expect(api.open.size).toBe(1));
    const hook = await serveAnything((_, response) => {
      response.writeHead(307, { location: api.url }).end();
    }, gone.port);
    await eventually(() => expect(run.stdout().match(/ {2}307 {2}/g)).toHaveLength(2));
    expect(hook.arrived).toHaveLength(2);
    expect(api.arrived).toHaveLength(1);
  });

  it.each([
    ['no address', ['--forward-to', 'localhost']],
    ['a secret that is none', ['--forward-to', 'http://127.0.0.1:1', '--secret', 'whsec_short']],
  ])('refuses %s', async (_, typed) => {
    const { code, stderr } = await runCatwalk(
      tmpdir(),
      { CATWALK_URL: 'http://127.0.0.1:1' },
      'listen',
      ...typed,
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/^catwalk: (--forward-to is|the secret is)/);
  });
});
