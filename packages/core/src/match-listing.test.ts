import { describe, expect, test } from 'vitest';
import {
  type Listing,
  type ListingDoubt,
  matchListing,
  type SearchedAttempt,
  type TaskInputs,
} from './match-listing.js';
import type { ListedTask } from './submit-outcome.js';

const START = Date.UTC(2026, 0, 1);
const INPUTS: TaskInputs = {
  humanImage: 'https://example.com/person.png',
  dressInput: 'https://example.com/dress.png',
  upperInput: null,
  lowerInput: null,
  imageCount: 2,
};
const OTHER: TaskInputs = { ...INPUTS, dressInput: 'https://example.com/other.png' };

function attempt(id: string, minute: number, over: Partial<SearchedAttempt> = {}): SearchedAttempt {
  const sentAt = new Date(START + minute * 60_000);
  return {
    id,
    state: 'unknown',
    providerTaskId: null,
    provisional: false,
    replyRef: id,
    sentAt,
    answeredAt: null,
    inputs: INPUTS,
    ...over,
  };
}

function known(id: string, minute: number, over: Partial<SearchedAttempt> = {}): SearchedAttempt {
  return attempt(id, minute, {
    state: 'ended_succeeded',
    providerTaskId: `task-${id}`,
    inputs: OTHER,
    ...over,
  });
}

function task(taskId: string, minute: number, inputs: TaskInputs = OTHER): ListedTask {
  const { imageCount, humanImage, dressInput } = inputs;
  return {
    taskId,
    createdAtMs: START + minute * 60_000,
    imageCount,
    inputs: { humanImage, ...(dressInput === null ? {} : { dressInput }) },
  };
}

function listing(tasks: readonly ListedTask[], over: Partial<Listing> = {}): Listing {
  return {
    tasks,
    completeSinceMs: Number.NEGATIVE_INFINITY,
    startedAt: new Date(START + 60 * 60_000),
    running: [],
    ...over,
  };
}

const before = known('before', -60);
const beforeTask = task('task-before', -60);
const lost = attempt('lost', 0);

describe('a task with the same inputs that no attempt owns', () => {
  test('is taken for the unknown attempt', () => {
    const match = matchListing([lost], listing([task('t1', 0, INPUTS)]));
    expect(match).toEqual({ pairs: [{ attemptId: 'lost', taskId: 't1' }], absent: [], doubts: [] });
  });
  test.each([
    ['another image count', task('t1', 0, { ...INPUTS, imageCount: 1 })],
    ['another garment', task('t1', 0, OTHER)],
    ['rewritten inputs', task('t1', 0, { ...INPUTS, humanImage: 'https://cdn.example.net/x.png' })],
    ['a creation more than five minutes before the send', task('t1', -6, INPUTS)],
  ])('is not recognised with %s', (_case, other) => {
    expect(matchListing([lost], listing([other])).pairs).toEqual([]);
  });
  test('is not taken from the attempt that owns it', () => {
    const owner = attempt('owner', 0, { state: 'ended_failed', providerTaskId: 't1' });
    expect(matchListing([lost, owner], listing([task('t1', 0, INPUTS)])).pairs).toEqual([]);
  });
});

describe('an attempt that was accepted by a word that named no task', () => {
  const nameless = attempt('nameless', 0, { state: 'accepted' });

  test('is given its task like one that is unknown', () => {
    const { pairs } = matchListing([nameless], listing([task('t1', 0, INPUTS)]));
    expect(pairs).toEqual([{ attemptId: 'nameless', taskId: 't1' }]);
  });
  test('is never absent, and neither are its twins: the look does not show a task that is there', () => {
    const twin = attempt('twin', 1);
    expect(matchListing([before, nameless, twin], listing([beforeTask])).absent).toEqual([]);
    const other = attempt('other', 1, { inputs: OTHER });
    expect(matchListing([before, nameless, other], listing([beforeTask])).absent).toEqual(['other']);
  });
});

describe('twins', () => {
  const second = attempt('second', 1);

  test('take their tasks oldest with oldest', () => {
    const match = matchListing([second, lost], listing([task('t2', 1, INPUTS), task('t1', 0, INPUTS)]));
    expect(match.pairs).toEqual([
      { attemptId: 'lost', taskId: 't1' },
      { attemptId: 'second', taskId: 't2' },
    ]);
  });
  test('are left alone while one of them is still being sent', () => {
    const sending = attempt('sending', 2, { state: 'sending' });
    const match = matchListing([before, lost, sending], listing([beforeTask, task('t1', 0, INPUTS)]));
    expect(match).toMatchObject({ pairs: [], absent: [] });
  });
  test('prove nothing absent while one of them holds a task that is only inferred', () => {
    const match = matchListing([before, lost, second], listing([beforeTask, task('t1', 0, INPUTS)]));
    expect(match).toMatchObject({ pairs: [{ attemptId: 'lost', taskId: 't1' }], absent: [] });
    const inferred = attempt('lost', 0, { state: 'accepted', providerTaskId: 't1', provisional: true });
    expect(
      matchListing([before, inferred, second], listing([beforeTask, task('t1', 0, INPUTS)])).absent,
    ).toEqual([]);
  });
  test('are absent together', () => {
    expect(matchListing([before, lost, second], listing([beforeTask])).absent).toEqual(['lost', 'second']);
  });
});

describe('absence needs a positive control', () => {
  test('is given by a known task from before, shown with the same inputs', () => {
    expect(matchListing([before, lost], listing([beforeTask])).absent).toEqual(['lost']);
  });
  const minute = (n: number) => START + n * 60_000;
  test.each<[string, readonly SearchedAttempt[], Listing, ListingDoubt]>([
    ['nothing of ours is listed', [lost], listing([task('foreign', -60)]), 'no_known_task_before'],
    ['nothing is listed', [before, lost], listing([]), 'no_known_task_before'],
    [
      'the known task is listed with rewritten inputs',
      [before, lost],
      listing([task('task-before', -60, INPUTS)]),
      'no_known_task_before',
    ],
    [
      'the listing was not read back to five minutes before the send',
      [before, lost],
      listing([beforeTask], { completeSinceMs: minute(-4) }),
      'listing_too_long',
    ],
    [
      'only a later task is listed: the listing may be cut',
      [known('after', 1), lost],
      listing([task('task-after', 1)]),
      'no_known_task_before',
    ],
    [
      'a known task since the send is missing',
      [before, known('after', 1), lost],
      listing([beforeTask]),
      'known_task_missing',
    ],
    [
      'a known task of the five minutes before is missing',
      [before, known('just-before', -4), lost],
      listing([beforeTask]),
      'known_task_missing',
    ],
    [
      'the only known task is itself inferred',
      [known('before', -60, { provisional: true }), lost],
      listing([beforeTask]),
      'no_known_task_before',
    ],
    [
      'the scheduler lists its replyRef, though under a task that another attempt owns',
      [before, lost],
      listing([beforeTask], { running: [{ taskId: 'task-before', email: null, replyRef: 'lost' }] }),
      'task_runs',
    ],
    [
      'a twin is still being sent',
      [before, lost, attempt('sending', 2, { state: 'sending' })],
      listing([beforeTask]),
      'twin_unsettled',
    ],
  ])('is not when %s', (_case, attempts, look, doubt) => {
    expect(matchListing(attempts, look)).toMatchObject({
      absent: [],
      doubts: [{ attemptId: 'lost', doubt }],
    });
  });
  test('is that of the attempt itself: one that was read back to is not doubted for an older one', () => {
    const older = attempt('older', -30, { inputs: { ...OTHER, imageCount: 1 } });
    const shown = listing([task('task-just', -20), beforeTask], { completeSinceMs: minute(-10) });
    expect(matchListing([before, known('just', -20), older, lost], shown)).toMatchObject({
      absent: ['lost'],
      doubts: [{ attemptId: 'older', doubt: 'listing_too_long' }],
    });
  });
  test.each<[string, Partial<SearchedAttempt>]>([
    ['sent', { sentAt: new Date(minute(61)), answeredAt: new Date(minute(62)) }],
    ['sent before but answered', { answeredAt: new Date(minute(61)) }],
  ])('does not ask for a task that was %s after the look began', (_case, over) => {
    const attempts = [before, lost, known('meanwhile', 59, over)];
    expect(matchListing(attempts, listing([beforeTask])).absent).toEqual(['lost']);
  });
  test('a known task that still runs may be missing from the listing', () => {
    const running = [{ taskId: 'task-after', email: null, replyRef: null }];
    const attempts = [before, known('after', 1, { state: 'accepted' }), lost];
    expect(matchListing(attempts, listing([beforeTask], { running })).absent).toEqual(['lost']);
  });
  test('a failed task may have vanished', () => {
    const attempts = [before, known('failed', 1, { state: 'ended_failed' }), lost];
    expect(matchListing(attempts, listing([beforeTask])).absent).toEqual(['lost']);
  });
});
