import { createHash } from 'node:crypto';
import { type BatchDryRun, type CreateTryOn, INVALID_LINES_SHOWN } from '@catwalk/contract';
import { estimateCost } from '@catwalk/core';
import { type AccountRow, listAccounts, readTaskSeconds } from '@catwalk/infra/postgres';
import { type BatchOffer, expired, hasExpired, type InputRules, readInput } from './accept-batch.js';
import type { Api } from './app.js';
import type { LineChunk } from './cut-chunks.js';
import type { JudgedLine } from './judge-line.js';
import { refuseUnreadable } from './refuse-unreadable.js';
import { createLineMemory } from './remember-lines.js';
import { storableIssues } from './to-new-chunk.js';

const DUPLICATES_SHOWN = 100;

/** `?dryRun=true`: reads all of an input, and says what it would come to. Nothing is stored. */
export async function estimateBatch(
  { rooms, pins, context: { config, database } }: Api,
  offer: BatchOffer,
): Promise<BatchDryRun> {
  const tally = await count({ rooms, pins, config }, offer).catch(refuseUnreadable);
  const accounts = (await listAccounts(database)).filter(({ configured }) => configured);
  const slots = accounts.reduce((sum, account) => sum + slotsOf(account), 0);
  const { imagePrice } = config;
  return {
    object: 'batch_dry_run',
    livemode: config.mode === 'live',
    format: offer.format,
    lines: tally.lines,
    valid: tally.valid,
    invalidLines: { count: tally.lines - tally.valid, first: tally.invalid },
    duplicates: tally.duplicates,
    images: tally.images,
    estimatedCost: imagePrice === null ? null : estimateCost(imagePrice, tally.images),
    credits: accounts.map(({ email, credits }) => ({ account: email, credits })),
    slots,
    estimatedSeconds: secondsFor(tally.valid, slots, await readTaskSeconds(database)),
  };
}

interface Tally {
  lines: number;
  valid: number;
  images: number;
  readonly invalid: BatchDryRun['invalidLines']['first'];
  readonly duplicates: BatchDryRun['duplicates'];
}

async function count(rules: InputRules, offer: BatchOffer): Promise<Tally> {
  const { rooms } = rules;
  const { options, chunks } = await readInput(offer, rules, (_line, body) => body);
  if (hasExpired(options, rooms)) throw expired();
  const duplicates = { customIds: 0, requests: 0, first: [] };
  const tally: Tally = { lines: 0, valid: 0, images: 0, invalid: [], duplicates };
  const note = createDuplicateNotes(tally.duplicates);
  for await (const chunk of chunks) add(tally, chunk, note);
  return tally;
}

function add(tally: Tally, { lines }: LineChunk<CreateTryOn>, note: (line: ValidLine) => void): void {
  tally.lines += lines.length;
  for (const line of lines) {
    if (line.kind === 'valid') {
      tally.valid += 1;
      tally.images += line.imageCount;
      note(line);
    } else if (tally.invalid.length < INVALID_LINES_SHOWN)
      tally.invalid.push({ line: line.line, errors: storableIssues(line.issues) });
  }
}

type ValidLine = Extract<JudgedLine<CreateTryOn>, { kind: 'valid' }>;

/** Notes lines whose customId, or whose pictures, stand on a line before. */
function createDuplicateNotes(duplicates: BatchDryRun['duplicates']): (line: ValidLine) => void {
  const customIds = createLineMemory();
  const requests = createLineMemory();
  const show = (line: number, sameAs: number, of: 'customId' | 'request') => {
    if (duplicates.first.length < DUPLICATES_SHOWN) duplicates.first.push({ line, sameAs, of });
  };
  return ({ line, job }) => {
    const { customId, humanImage, dressInput, upperInput, lowerInput } = job;
    const sameId = customId === null ? null : customIds.remember(hashOf([customId]), line);
    if (sameId !== null) {
      duplicates.customIds += 1;
      show(line, sameId, 'customId');
    }
    const pictures = hashOf([humanImage, dressInput, upperInput, lowerInput]);
    const samePictures = requests.remember(pictures, line);
    if (samePictures === null) return;
    duplicates.requests += 1;
    show(line, samePictures, 'request');
  };
}

/** A number below 2^48: of a million lines, two are taken for one in every few hundred inputs at most. */
function hashOf(texts: readonly (string | null)[]): number {
  return createHash('sha256').update(JSON.stringify(texts)).digest().readUIntBE(0, 6);
}

function slotsOf({ maxJobs, shrunkBy, faultReason, personReason, personSince }: AccountRow): number {
  if (faultReason !== null || personReason !== null || personSince !== null) return 0;
  return Math.max(0, maxJobs - shrunkBy);
}

function secondsFor(jobs: number, slots: number, taskSeconds: number | null): number | null {
  if (taskSeconds === null || (slots === 0 && jobs > 0)) return null;
  return jobs === 0 ? 0 : Math.ceil(Math.ceil(jobs / slots) * taskSeconds);
}
