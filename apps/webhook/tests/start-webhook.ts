import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClaimedJob, type Database, findTryOn, openDatabase } from '@catwalk/infra/postgres';
import { createLogger } from '@catwalk/infra/process';
import { callbackAddress } from '@catwalk/provider';
import { anna, canary, seedAccounts, seedTryOns, startAttempts } from '@catwalk/testkit';
import { afterAll } from 'vitest';
import { contextFromConfig, createWebhook, type WebhookContext } from '../src/index.js';

/** A webhook app on a database of the file's own, and what its tests ask of it. Closed after the file. */
export interface WebhookRig {
  readonly url: string;
  readonly db: Database;
  readonly context: WebhookContext;
  readonly secret: string;
  /** Every line it logged. */
  readonly lines: string[];
  address(replyRef: string, secret?: string): string;
  post(replyRef: string, body: string | Uint8Array, headers?: Record<string, string>): Promise<Response>;
  /** So many jobs whose submits are on the wire. */
  attempts(count: number): Promise<readonly ClaimedJob[]>;
  attempt(): Promise<ClaimedJob>;
  /** The status and the images of a job, and the state of its attempt. */
  stateOf(job: ClaimedJob): Promise<{ status: string; attempt: string; urls: string[] }>;
  /** The callbacks kept for a replyRef, oldest first. */
  kept(replyRef: string): Promise<{ decision: string; repeats: number; text: string; body: Uint8Array }[]>;
}

export const oldSecret = canary('old-secret');

export async function startWebhook(
  databaseUrl: string,
  override: (context: WebhookContext) => Partial<WebhookContext> = () => ({}),
): Promise<WebhookRig> {
  const secret = canary('secret');
  const folder = await mkdtemp(join(tmpdir(), 'catwalk-webhook-'));
  const lines: string[] = [];
  const logger = createLogger({
    app: 'webhook',
    level: 'trace',
    destination: { write: (line) => void lines.push(line) },
  });
  const config = {
    mode: 'sandbox',
    databaseUrl,
    callbackSecrets: [secret, oldSecret],
    host: '127.0.0.1',
    port: { port: 0, isDefault: false },
    pictures: { kind: 'disk', folder },
    logLevel: 'trace',
  } as const;
  const made = await contextFromConfig(config, { logger });
  const context = { ...made, ...override(made) };
  const webhook = createWebhook(context);
  const { url } = await webhook.start();
  const db = openDatabase({ url: databaseUrl, poolMax: 4 });
  await seedAccounts(db, { [anna]: 1_000 });
  afterAll(async () => {
    await webhook.close();
    await db.close();
    await rm(folder, { recursive: true, force: true });
  });
  const address = (replyRef: string, by = secret) => callbackAddress(url, config.mode, replyRef, by);
  const attempts = async (count: number) => startAttempts(db, await seedTryOns(db, count));
  return {
    url,
    db,
    context,
    secret,
    lines,
    address,
    post: (replyRef, body, headers = {}) => post(address(replyRef), body, headers),
    attempts,
    attempt: async () => one(await attempts(1)),
    stateOf: async (job) => {
      const row = await findTryOn(db, null, job.jobId);
      const attempt = await db.prisma.attempt.findUnique({ where: { id: job.attemptId } });
      const images = (attempt?.images ?? []) as { url: string }[];
      return {
        status: row?.status ?? '',
        attempt: attempt?.state ?? '',
        urls: images.map((image) => image.url),
      };
    },
    kept: async (replyRef) => {
      const rows = await db.prisma.callback.findMany({ where: { replyRef }, orderBy: { receivedAt: 'asc' } });
      return rows.map(({ decision, repeats, body }) => ({
        decision,
        repeats,
        body,
        text: Buffer.from(body).toString(),
      }));
    },
  };
}

export async function post(
  url: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    body: body as string,
    headers: { 'content-type': 'application/json', ...headers },
    signal: AbortSignal.timeout(20_000),
  });
}

export function one<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined) throw new Error('the list is empty');
  return first;
}
