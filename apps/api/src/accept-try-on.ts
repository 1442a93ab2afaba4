import { createHash } from 'node:crypto';
import { type CreateTryOn, type Issue, PRIORITIES } from '@catwalk/contract';
import {
  type Database,
  findByIdempotencyKey,
  findTryOn,
  type InsertedTryOn,
  insertTryOns,
  makeId,
  type NewTryOn,
  type TryOnRow,
} from '@catwalk/infra/postgres';
import { createGroupCommit } from '@catwalk/infra/process';
import type { Caller } from './authenticate.js';
import type { ApiConfig } from './config.js';
import { judgeAddresses } from './judge-addresses.js';
import { invalidRequest, ProblemError, unavailable } from './problem-error.js';
import type { RememberedRooms } from './remember-rooms.js';

/** A request to be accepted, parsed, and the door it came through. */
interface Offer {
  readonly caller: Caller;
  readonly origin: 'api' | 'drop-in';
  readonly idempotencyKey: string | null;
  readonly body: CreateTryOn;
}

export interface Accepted {
  readonly row: TryOnRow;
  readonly replayed: boolean;
}

export interface TryOnAcceptor {
  accept(offer: Offer): Promise<Accepted>;
  /** Told before a body is read. */
  isFull(): boolean;
  /** Resolves when what is being stored now has been, or could not be. */
  settle(): Promise<void>;
  drain(): Promise<void>;
}

/** Stores offers; many at once share one transaction. What was accepted is committed. */
export function createTryOnAcceptor(
  database: Database,
  rooms: RememberedRooms,
  config: ApiConfig,
): TryOnAcceptor {
  const group = createGroupCommit<NewTryOn, InsertedTryOn>({
    flush: (rows) => insertTryOns(database, rows),
    sizeOf,
  });
  const underWay = new Set<Promise<unknown>>();
  const settle = async () => void (await Promise.allSettled([...underWay]));
  const accept = async (offer: Offer): Promise<Accepted> => {
    const fingerprint = fingerprintOf(offer.body);
    const issues = [...judgeAddresses(offer.body, config), ...(await judgeCircumstances(offer.body, rooms))];
    if (issues.length > 0) return replayOrRefuse(database, offer, fingerprint, issues);
    const row = toNewRow(offer, fingerprint);
    const storing = group.submit(row).finally(() => underWay.delete(storing));
    underWay.add(storing);
    const result = await storing;
    switch (result.kind) {
      case 'inserted':
        return { row: toShownRow(row, result), replayed: false };
      case 'replayed':
        return replay(database, offer.caller, result.id);
      case 'key_reused':
        throw keyReused();
      case 'unstorable':
        throw new ProblemError('invalid_request', 'A value of the request cannot be stored');
    }
  };
  return { accept, isFull: () => group.isFull(), settle, drain: group.drain };
}

/** Rules that depend on now: a request that was sound when its key was used must still be replayed later. */
async function judgeCircumstances(body: CreateTryOn, rooms: RememberedRooms): Promise<Issue[]> {
  const { email, expiresAt } = body;
  const issues: Issue[] = [];
  if (email !== null && !(await isConfigured(email, rooms)))
    issues.push({ path: 'email', message: 'must be one of the configured accounts' });
  if (expiresAt !== null) {
    await rooms.read();
    if (expiresAt.getTime() <= rooms.nowMs())
      issues.push({ path: 'expiresAt', message: 'must not be in the past' });
  }
  return issues;
}

async function isConfigured(email: string, rooms: RememberedRooms): Promise<boolean> {
  const has = (accounts: readonly { email: string }[]) => accounts.some((account) => account.email === email);
  if (has((await rooms.read()).accounts)) return true;
  const { accounts } = await rooms.readAgain();
  if (accounts.length === 0) throw unavailable('The accounts are not known yet');
  return has(accounts);
}

async function replayOrRefuse(
  database: Database,
  offer: Offer,
  fingerprint: string,
  issues: readonly Issue[],
): Promise<Accepted> {
  const { caller, origin, idempotencyKey } = offer;
  if (idempotencyKey === null) throw invalidRequest(issues);
  const by = { client: caller.client, endpoint: origin, key: idempotencyKey };
  const earlier = await findByIdempotencyKey(database, by);
  if (earlier === null) throw invalidRequest(issues);
  if (earlier.fingerprint !== fingerprint) throw keyReused();
  return replay(database, caller, earlier.id);
}

async function replay(database: Database, caller: Caller, id: string): Promise<Accepted> {
  const row = await findTryOn(database, caller.client, id);
  if (row === null) throw new Error('a replayed job is gone');
  return { row, replayed: true };
}

function keyReused(): ProblemError {
  const detail = 'This Idempotency-Key was used for a request with another body';
  return new ProblemError('idempotency_key_reused', detail);
}

/** Equal for equal parsed requests: defaults are filled in, and the order of metadata means nothing. */
function fingerprintOf(body: CreateTryOn): string {
  const metadata = Object.entries(body.metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  const { humanImage, dressInput, upperInput, lowerInput, imageCount, email, maxJobs } = body;
  const { replyUrl, replyRef, customId, priority, expiresAt } = body;
  const provided = [humanImage, dressInput, upperInput, lowerInput, imageCount, email, maxJobs];
  const own = [replyUrl, replyRef, customId, priority, expiresAt?.getTime() ?? null, metadata];
  return createHash('sha256')
    .update(JSON.stringify([provided, own]))
    .digest('base64url');
}

function toNewRow(offer: Offer, fingerprint: string): NewTryOn {
  const { body, caller, origin, idempotencyKey } = offer;
  return {
    ...body,
    id: makeId('try'),
    client: caller.client,
    origin,
    idempotency: idempotencyKey === null ? null : { endpoint: origin, key: idempotencyKey },
    fingerprint,
    priority: PRIORITIES.indexOf(body.priority),
  };
}

/** What was just stored, without asking for it again. */
function toShownRow(row: NewTryOn, stored: Extract<InsertedTryOn, { kind: 'inserted' }>): TryOnRow {
  const { number, createdAt } = stored;
  return {
    ...row,
    metadata: { ...row.metadata },
    id: stored.id,
    number,
    batchId: null,
    status: 'queued',
    statusSince: createdAt,
    dueAt: createdAt,
    error: null,
    createdAt,
    updatedAt: createdAt,
    finishedAt: null,
    submittedAt: null,
    attempts: 0,
    account: null,
    providerTaskId: null,
    attemptDeadlineAt: null,
    images: [],
    now: createdAt,
  };
}

/** What a row keeps in memory, roughly: its texts, twice for the JSON it becomes, and the objects around. */
function sizeOf(row: NewTryOn): number {
  let characters = row.humanImage.length + (row.replyRef?.length ?? 0) + (row.replyUrl?.length ?? 0);
  for (const url of [row.dressInput, row.upperInput, row.lowerInput]) characters += url?.length ?? 0;
  for (const key in row.metadata) characters += key.length + (row.metadata[key]?.length ?? 0);
  return 1_024 + 2 * characters;
}
