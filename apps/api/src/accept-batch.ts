import {
  type BatchFormat,
  type BatchOptions,
  batchOptionsOf,
  type CreateBatchQuery,
} from '@catwalk/contract';
import type { RememberedRooms } from '@catwalk/infra/postgres';
import { type BegunBatch, beginBatch, type Database, findBatchByKey } from '@catwalk/infra/postgres';
import { createUploadGate, type OfferedUpload, type UploadGate } from './admit-uploads.js';
import type { BatchHead } from './batch-input/read-batch.js';
import { readBatch } from './batch-input/read-batch.js';
import { compareBatch } from './compare-batch.js';
import type { ApiConfig } from './config.js';
import { cutChunks, type LineChunk } from './cut-chunks.js';
import { createLineJudge, type MakeJob } from './judge-line.js';
import { paceChunks } from './pace-chunks.js';
import type { AssetPins } from './pin-to-assets.js';
import { invalidRequest, ProblemError } from './problem-error.js';
import { refuseUnreadable } from './refuse-unreadable.js';
import { storeBatch } from './store-batch.js';
import { toNewBatch } from './to-new-batch.js';
import { toJobText } from './to-new-chunk.js';

/** A request for a batch: its body is read while it comes. */
export interface BatchOffer extends OfferedUpload {
  readonly idempotencyKey: string | null;
  readonly format: BatchFormat;
  readonly query: CreateBatchQuery;
}

export interface AcceptedBatch {
  readonly id: string;
  readonly replayed: boolean;
}

/** Every upload goes through its gate, also one of which nothing is stored. */
export interface BatchAcceptor extends UploadGate {
  /** Resolves when the batch is complete and its jobs may start: all of it is committed. */
  accept(offer: BatchOffer): Promise<AcceptedBatch>;
}

/** What an input says before its lines, and its lines, judged and cut. */
interface ReadInput<Job> {
  readonly head: BatchHead;
  readonly options: BatchOptions;
  readonly chunks: AsyncIterable<LineChunk<Job>>;
}

/** What lines are judged by besides themselves. */
export interface InputRules {
  readonly rooms: RememberedRooms;
  readonly pins: AssetPins;
  readonly config: ApiConfig;
}

/** Stores batches while they are uploaded. */
export function createBatchAcceptor(
  database: Database,
  rooms: RememberedRooms,
  pins: AssetPins,
  config: ApiConfig,
): BatchAcceptor {
  const gate = createUploadGate();
  const run = async (offer: BatchOffer): Promise<AcceptedBatch> => {
    const { head, options, chunks } = await readInput(offer, { rooms, pins, config }, toJobText);
    const batch = toNewBatch(offer, head, options);
    if (hasExpired(options, rooms)) await refuseExpired(database, batch);
    const begun = await beginBatch(database, batch);
    if (begun.kind === 'received') {
      await compareBatch(database, begun, chunks);
      return { id: begun.batchId, replayed: true };
    }
    if (begun.kind !== 'taken') throw refusalOf(begun);
    const canBeResent = offer.idempotencyKey !== null;
    await storeBatch(database, { ...begun, canBeResent, body: offer.body, chunks });
    return { id: begun.upload.batchId, replayed: false };
  };
  return { ...gate, accept: (offer) => gate.admit(offer, () => run(offer).catch(refuseUnreadable)) };
}

/** Reads what stands before the lines; the lines are read by who asks for the chunks. */
export async function readInput<Job>(
  { caller, format, body, query }: Pick<BatchOffer, 'caller' | 'format' | 'body' | 'query'>,
  { rooms, pins, config }: InputRules,
  makeJob: MakeJob<Job>,
): Promise<ReadInput<Job>> {
  const { head, records } = await readBatch(format, body);
  await rooms.read();
  const assets = await pins.ofClient(caller.client);
  const options = batchOptionsOf(query, head.options);
  const judge = createLineJudge(options, head.defaults, config, assets, makeJob);
  return { head, options, chunks: paceChunks(cutChunks(records, judge, rooms), body) };
}

export function hasExpired({ expiresAt }: BatchOptions, rooms: RememberedRooms): boolean {
  return expiresAt !== null && expiresAt.getTime() <= rooms.nowMs();
}

export function expired(): ProblemError {
  return invalidRequest([{ path: 'expiresAt', message: 'must not be in the past' }]);
}

/** A batch that was begun in time is still completed and replayed. */
async function refuseExpired(database: Database, batch: ReturnType<typeof toNewBatch>): Promise<void> {
  const { client, idempotencyKey: key } = batch;
  const earlier = key === null ? null : await findBatchByKey(database, { client, key });
  if (earlier === null) throw expired();
}

function refusalOf(begun: Extract<BegunBatch, { kind: 'in_progress' | 'key_reused' }>): ProblemError {
  if (begun.kind === 'in_progress') return inProgress(begun.seconds);
  const detail = 'This Idempotency-Key was used for a batch with other options';
  return new ProblemError('idempotency_key_reused', detail);
}

function inProgress(seconds: number): ProblemError {
  const headers = { 'Retry-After': String(seconds) };
  return new ProblemError('upload_in_progress', 'The same upload is still running', { headers });
}
