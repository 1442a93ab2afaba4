import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  assetSchema,
  type Batch,
  type BatchResult,
  batchDryRunSchema,
  batchResultSchema,
  batchSchema,
  PROBLEMS,
  type ProblemCode,
  problemSchema,
  retryFailedSchema,
} from '@catwalk/contract';
import { pngOf } from '@catwalk/testkit';

export const batchId = `bat_${'0123456789abcdef'.repeat(2)}`;
const at = '2030-01-31T12:00:00.000Z';
const picture = pngOf(600, 800);

/** What was asked for: method and path, query, headers and body. */
interface Asked {
  readonly line: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server that speaks of one batch as the contract does, and lets a test say how the batch goes. */
export interface BatchServer {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** Requests of this kind, such as `POST /v1/batches`. */
  askedFor(line: string): Asked[];
  /** How it goes, from now on: each line's customId and how it ends; `open` ones do not. */
  lines: Line[];
  state: Batch['state'];
  paused: Batch['paused'];
  invalid: { line: number; errors: { path: string; message: string }[] }[];
  /** Answers instead of the usual ones, by method and path. */
  readonly instead: Map<string, (request: IncomingMessage, response: ServerResponse) => void>;
  close(): Promise<void>;
}

interface Line {
  readonly customId: string | null;
  readonly ends: 'succeeded' | 'failed' | 'open';
  /** 1 unless told. */
  readonly images?: number;
}

export async function startBatchServer(): Promise<BatchServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const it: BatchServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    askedFor: (line) => asked.filter((one) => one.line === line),
    lines: [],
    state: 'finished',
    paused: null,
    invalid: [],
    instead: new Map(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url ?? '', it.url);
    const line = `${request.method} ${pathname}`;
    const query = Object.fromEntries(searchParams);
    const seen = { line, query, headers: request.headers, body: '' };
    asked.push(seen);
    const instead = it.instead.get(line);
    if (instead !== undefined) return instead(request, response);
    for await (const chunk of request) seen.body += chunk;
    return route(it, seen, response);
  };
  return it;
}

function route(it: BatchServer, { line, query, body }: Asked, response: ServerResponse): void {
  const batch = `/v1/batches/${batchId}`;
  if (line.startsWith('GET /pictures/'))
    response.writeHead(200, { 'content-type': 'image/png' }).end(picture);
  else if (line === `GET ${batch}/results`) sendResults(it, query, response);
  else if (line === 'POST /v1/assets')
    sendJson(response, 201, assetOf(createHash('sha256').update(body).digest('hex')));
  else if (line.startsWith('GET /v1/assets/ast_')) sendJson(response, 200, assetOf(line.slice(-32)));
  else if (line === 'POST /v1/batches' && query.dryRun === 'true') sendJson(response, 200, dryRunOf(it));
  else if (line === 'POST /v1/batches') sendJson(response, 202, batchOf(it));
  else if (line === 'GET /v1/batches') sendJson(response, 200, { data: [batchOf(it)], nextCursor: null });
  else if (line === `POST ${batch}/retry-failed`) sendJson(response, 200, retried);
  else if (line === `GET ${batch}` || changes.some((name) => line === `POST ${batch}/${name}`)) {
    if (line.endsWith('/resume')) finish(it);
    sendJson(response, 200, batchOf(it));
  } else sendProblem(response, 'batch_not_found', 'there is no such batch');
}

/** The same bytes are the same asset. */
function assetOf(hash: string) {
  const id = hash.slice(0, 32);
  return assetSchema.parse({
    id: `ast_${id}`,
    object: 'asset',
    livemode: false,
    client: 'default',
    url: `https://hooks.example/assets/${id}.png`,
    account: null,
    contentType: 'image/png',
    bytes: 1_000,
    width: 600,
    height: 800,
    sha256: hash,
    createdAt: at,
    expiresAt: new Date(Date.now() + 30 * 86_400_000).toISOString(),
  });
}

const changes = ['cancel', 'pause', 'resume', 'priority'];
const retried = retryFailedSchema.parse({ object: 'batch_retry', retried: 31, leftOut: { unproven: 6 } });

function finish(it: BatchServer): void {
  it.state = 'finished';
  it.paused = null;
  it.lines = it.lines.map((one) => (one.ends === 'open' ? { ...one, ends: 'succeeded' } : one));
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export function sendProblem(response: ServerResponse, code: ProblemCode, detail: string): void {
  const { status, title, retryable } = PROBLEMS[code];
  const problem = {
    type: `/docs/errors#${code}`,
    title,
    status,
    detail,
    code,
    retryable,
    requestId: 'req-1',
  };
  response
    .writeHead(status, { 'content-type': 'application/problem+json' })
    .end(JSON.stringify(problemSchema.parse(problem)));
}

function dryRunOf({ lines, invalid }: BatchServer) {
  const duplicates = { customIds: 1, requests: 0, first: [{ line: 3, sameAs: 2, of: 'customId' as const }] };
  return batchDryRunSchema.parse({
    object: 'batch_dry_run',
    livemode: false,
    format: 'csv',
    lines: lines.length + invalid.length,
    valid: lines.length,
    invalidLines: { count: invalid.length, first: invalid },
    duplicates,
    images: lines.length,
    estimatedCost: { amount: '1.20', currency: 'EUR' },
    credits: [
      { account: 'anna@example.com', credits: 1200 },
      { account: 'ben@example.com', credits: null },
    ],
    slots: 10,
    estimatedSeconds: 100,
  });
}

function batchOf({ lines, state, paused, invalid }: BatchServer): Batch {
  const count = (ends: Line['ends']) => lines.filter((one) => one.ends === ends).length;
  const failed = count('failed');
  const none = { submitting: 0, unconfirmed: 0, processing: 0, canceled: 0 };
  const open = count('open');
  return batchSchema.parse({
    id: batchId,
    object: 'batch',
    livemode: false,
    client: 'default',
    state: open > 0 && state === 'finished' ? 'running' : state,
    stateSince: at,
    paused,
    outcome: state !== 'finished' || open > 0 ? null : failed > 0 ? 'some_failed' : 'all_succeeded',
    format: 'csv',
    total: lines.length,
    counts: { ...none, queued: open, succeeded: count('succeeded'), failed },
    failures: failed === 0 ? {} : { content_rejected: failed },
    waiting: open === 0 ? {} : { free_slot: open },
    invalidLines: { count: invalid.length, first: invalid },
    images: lines.length,
    imagesBilled: lines.length - open,
    estimatedCost: null,
    pilot: null,
    pauseOnFailures: { ratio: 0.3, after: 30 },
    maxImages: null,
    priority: 'normal',
    expiresAt: null,
    createdAt: new Date().toISOString(),
    startedAt: at,
    estimatedEndAt: null,
    finishedAt: null,
    updatedAt: at,
  });
}

function resultsOf({ url, lines }: BatchServer): BatchResult[] {
  return lines.flatMap(({ customId, ends, images = 1 }, place) => {
    if (ends === 'open') return [];
    const path = (index: number) => `${url}/pictures/${place}-${index}`;
    const rejected = {
      code: 'content_rejected',
      message: 'refused',
      retryable: false,
      providerMessage: null,
    };
    return [
      batchResultSchema.parse({
        position: String(place + 1),
        line: place + 1,
        id: `try_${String(place).padStart(32, '0')}`,
        customId,
        status: ends,
        images:
          ends === 'failed'
            ? []
            : Array.from({ length: images }, (_, index) => ({ index, url: path(index) })),
        error: ends === 'failed' ? rejected : null,
        metadata: {},
        finishedAt: at,
        deletedAt: null,
      }),
    ];
  });
}

function sendResults(it: BatchServer, query: Asked['query'], response: ServerResponse): void {
  const { format = 'ndjson', status, after = '0' } = query;
  const results = resultsOf(it).filter(
    (one) =>
      Number(one.position) > Number(after) &&
      (status === undefined || status.split(',').includes(one.status)),
  );
  if (format === 'ndjson') {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.end(results.map((one) => `${JSON.stringify(one)}\n`).join(''));
    return;
  }
  const rows = results.map((one) => `${one.customId ?? ''},${one.status}\n`);
  response.writeHead(200, { 'content-type': 'text/csv' }).end(`customId,status\n${rows.join('')}`);
}
