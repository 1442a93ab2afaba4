import { type CreateTryOn, type Issue, type ParsedTryOn, PRIORITIES } from '@catwalk/contract';
import type { RememberedRooms } from '@catwalk/infra/postgres';
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
import { fingerprintOf } from './fingerprint-of.js';
import { judgeCircumstances } from './judge-circumstances.js';
import { type AssetPins, judgePins } from './pin-to-assets.js';
import { invalidRequest, ProblemError } from './problem-error.js';

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
  /** What to say of a body that cannot be an offer: everything that is wrong with it, also by circumstances. */
  refusalOf(parsed: Extract<ParsedTryOn, { ok: false }>): Promise<ProblemError>;
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
  pins: AssetPins,
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
    const pin = judgePins(offer.body, await pins.ofInputs(offer.body));
    const issues = [...(await judgeCircumstances(offer.body, rooms, config)), ...pin.issues];
    if (issues.length > 0) return replayOrRefuse(database, offer, fingerprint, issues);
    const row = { ...toNewRow(offer, fingerprint), email: pin.email };
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
  const refusalOf = async ({ issues, sound }: Extract<ParsedTryOn, { ok: false }>) => {
    // What cannot be judged now hides nothing of what is wrong anyway.
    const more = await judgeCircumstances(sound, rooms, config).catch(() => []);
    return invalidRequest([...issues, ...more]);
  };
  return { accept, refusalOf, isFull: () => group.isFull(), settle, drain: group.drain };
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
    batch: null,
    status: 'queued',
    statusSince: createdAt,
    dueAt: createdAt,
    inputsChecked: false,
    isCopying: row.copyInputs,
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
    archive: [],
    deletedAt: null,
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
