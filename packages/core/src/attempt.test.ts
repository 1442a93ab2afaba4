import { describe, expect, test } from 'vitest';
import {
  ATTEMPT_EVENT_TYPES,
  ATTEMPT_STATES,
  type Attempt,
  type AttemptEvent,
  type AttemptState,
  applyToAttempt,
  isOpen,
  mayBePaid,
  ownFailure,
  reachedProvider,
} from './index.js';

const START = new Date('2026-01-01T00:00:00Z');
const LATER = new Date('2026-01-01T00:01:00Z');
const IMAGES = [{ url: 'https://images.example/1.png', width: 768, height: 1024 }];
const REFUSAL = ownFailure('invalid_input', 'no person in the picture');

const WITH_TASK: readonly AttemptState[] = ['accepted', 'ended_succeeded', 'ended_failed'];

function attemptIn(state: AttemptState, more: Partial<Attempt> = {}): Attempt {
  return {
    id: 'att_1',
    number: 1,
    replyRef: 'att_1',
    account: 'anna@example.com',
    state,
    stateSince: START,
    providerTaskId: WITH_TASK.includes(state) ? 'task-1' : null,
    provisional: false,
    imageCount: 2,
    imagesBilled: null,
    images: state === 'ended_succeeded' ? IMAGES : [],
    failure: state === 'refused' ? REFUSAL : null,
    sentAt: START,
    answeredAt: null,
    deadlineAt: new Date('2026-01-01T00:30:00Z'),
    nextCheckAt: null,
    checks: 0,
    listedAt: null,
    ...more,
  };
}

const EVENTS: Record<AttemptEvent['type'], AttemptEvent> = {
  accepted: { type: 'accepted', taskId: 'task-1', provisional: false },
  refused: { type: 'refused', failure: REFUSAL },
  deferred: { type: 'deferred' },
  'never-sent': { type: 'never-sent' },
  unanswered: { type: 'unanswered' },
  disproved: { type: 'disproved' },
  progressed: { type: 'progressed', taskId: 'task-1' },
  succeeded: { type: 'succeeded', taskId: 'task-1', images: IMAGES },
  failed: { type: 'failed', taskId: 'task-1', failure: ownFailure('generation_failed', 'failed') },
  'given-up': { type: 'given-up' },
  disowned: { type: 'disowned', taskId: 'task-1', ownedByAnother: true },
};

const KNOWN = 'already_known';
const LATE = 'too_late';

/** Columns in the order of the events; a cell is the state afterwards, or why nothing happens. */
const TABLE: Record<AttemptState, readonly (AttemptState | typeof KNOWN | typeof LATE)[]> = {
  // biome-ignore format: a table is read by its columns
  sending: ['accepted', 'refused', 'deferred', 'never_sent', 'unknown', LATE, 'accepted', 'ended_succeeded', 'ended_failed', 'given_up', LATE],
  // biome-ignore format: a table is read by its columns
  accepted: [KNOWN, LATE, LATE, LATE, LATE, LATE, KNOWN, 'ended_succeeded', 'ended_failed', 'given_up', LATE],
  // biome-ignore format: a table is read by its columns
  unknown: ['accepted', 'refused', 'deferred', 'never_sent', KNOWN, 'disproved', 'accepted', 'ended_succeeded', 'ended_failed', 'given_up', LATE],
  // biome-ignore format: a table is read by its columns
  refused: ['accepted', KNOWN, LATE, LATE, LATE, LATE, 'accepted', 'ended_succeeded', 'ended_failed', LATE, LATE],
  // biome-ignore format: a table is read by its columns
  deferred: ['accepted', LATE, KNOWN, LATE, LATE, LATE, 'accepted', 'ended_succeeded', 'ended_failed', LATE, LATE],
  // biome-ignore format: a table is read by its columns
  never_sent: ['accepted', LATE, LATE, KNOWN, LATE, LATE, 'accepted', 'ended_succeeded', 'ended_failed', LATE, LATE],
  // biome-ignore format: a table is read by its columns
  disproved: ['accepted', LATE, LATE, LATE, LATE, KNOWN, 'accepted', 'ended_succeeded', 'ended_failed', LATE, LATE],
  // biome-ignore format: a table is read by its columns
  ended_succeeded: [LATE, LATE, LATE, LATE, LATE, LATE, LATE, KNOWN, LATE, LATE, LATE],
  // biome-ignore format: a table is read by its columns
  ended_failed: [LATE, LATE, LATE, LATE, LATE, LATE, LATE, 'ended_succeeded', KNOWN, LATE, LATE],
  // biome-ignore format: a table is read by its columns
  given_up: ['accepted', LATE, LATE, LATE, LATE, LATE, 'accepted', 'ended_succeeded', 'ended_failed', KNOWN, LATE],
};

function outcomeOf(attempt: Attempt, event: AttemptEvent): string {
  const move = applyToAttempt(attempt, event, LATER);
  return move.kind === 'moved' ? move.attempt.state : move.reason;
}

function movedBy(attempt: Attempt, event: AttemptEvent): Attempt {
  const move = applyToAttempt(attempt, event, LATER);
  if (move.kind === 'refused') throw new Error(`refused: ${move.reason}`);
  return move.attempt;
}

describe('every attempt state × every attempt event', () => {
  const cells = ATTEMPT_STATES.flatMap((state) =>
    ATTEMPT_EVENT_TYPES.map((event, column) => [state, event, TABLE[state][column]] as const),
  );
  test('the table has a cell for each', () => {
    expect(cells).toHaveLength(110);
    expect(cells.every(([, , expected]) => expected !== undefined)).toBe(true);
  });
  test.each(cells)('%s, %s → %s', (state, event, expected) => {
    expect(outcomeOf(attemptIn(state), EVENTS[event])).toBe(expected);
  });
});

describe('task ids', () => {
  const other = (event: AttemptEvent): AttemptEvent => ({ ...event, taskId: 'task-2' }) as AttemptEvent;

  test.each(WITH_TASK)('another task id than the known one never moves an attempt in %s', (state) => {
    for (const type of ['accepted', 'progressed', 'succeeded', 'failed'] as const)
      expect(outcomeOf(attemptIn(state), other(EVENTS[type]))).toBe('conflicting_task');
  });
  test.each(['progressed', 'succeeded', 'failed'] as const)(
    'a certain id in %s overrides a provisional one',
    (type) => {
      const moved = movedBy(attemptIn('accepted', { provisional: true }), other(EVENTS[type]));
      expect(moved).toMatchObject({ providerTaskId: 'task-2', provisional: false });
    },
  );
  test('one provisional id does not override another', () => {
    const attempt = attemptIn('accepted', { provisional: true });
    expect(outcomeOf(attempt, { type: 'accepted', taskId: 'task-2', provisional: true })).toBe(
      'already_known',
    );
  });
  test('a repeat that brings the missing id is learnt without changing the state', () => {
    const moved = movedBy(attemptIn('accepted', { providerTaskId: null }), EVENTS.progressed);
    expect(moved).toMatchObject({ state: 'accepted', providerTaskId: 'task-1', stateSince: START });
  });
  test.each(['ended_succeeded', 'ended_failed'] as const)(
    'the submit answer, or a late report, names the task of an attempt that a callback without id brought to %s',
    (state) => {
      for (const event of [EVENTS.accepted, EVENTS.progressed]) {
        const moved = movedBy(attemptIn(state, { providerTaskId: null }), event);
        expect(moved).toMatchObject({ state, providerTaskId: 'task-1', stateSince: START, imagesBilled: 2 });
      }
      const unnamed: AttemptEvent = { type: 'progressed', taskId: null };
      expect(outcomeOf(attemptIn(state, { providerTaskId: null }), unnamed)).toBe('too_late');
      const inferred: AttemptEvent = { type: 'accepted', taskId: 'task-1', provisional: true };
      expect(outcomeOf(attemptIn(state, { providerTaskId: null }), inferred)).toBe('too_late');
    },
  );
  test.each([
    ['accepted', 'progressed'],
    ['ended_succeeded', 'succeeded'],
    ['ended_failed', 'failed'],
  ] as const)('a repeat about the inferred task of an attempt in %s teaches nothing: %s', (state, type) => {
    expect(outcomeOf(attemptIn(state, { provisional: true }), EVENTS[type])).toBe('already_known');
  });
  test('a report without id keeps the known one', () => {
    const moved = movedBy(attemptIn('accepted'), { ...EVENTS.succeeded, taskId: null } as AttemptEvent);
    expect(moved).toMatchObject({ providerTaskId: 'task-1', state: 'ended_succeeded' });
  });
});

describe('a task that was only inferred, or named by a person', () => {
  const inferred = (state: AttemptState) => attemptIn(state, { provisional: true, providerTaskId: 'task-1' });
  const own = (type: AttemptEvent['type']) => ({ ...EVENTS[type], taskId: 'task-2' }) as AttemptEvent;
  const disowned = (ownedByAnother: boolean): AttemptEvent => ({
    type: 'disowned',
    taskId: 'task-1',
    ownedByAnother,
  });

  test.each(['accepted', 'progressed'] as const)(
    'failed, does not close the attempt to its own, which still runs: %s',
    (type) => {
      const moved = movedBy(attemptIn('ended_failed', { provisional: true, failure: REFUSAL }), own(type));
      expect(moved).toMatchObject({ state: 'accepted', providerTaskId: 'task-2', provisional: false });
      expect(moved).toMatchObject({ failure: null, stateSince: LATER });
      expect(outcomeOf(inferred('ended_failed'), EVENTS[type])).not.toBe('accepted');
    },
  );
  test('failed, may be paid beside its own, which a new submit would be beside', () => {
    expect(mayBePaid(inferred('ended_failed'))).toBe(true);
  });
  test('gives way to another that a person names, but not to another inferred one', () => {
    const named = { type: 'accepted', taskId: 'task-2', provisional: true } as const;
    for (const state of ['accepted', 'ended_failed', 'given_up'] as const)
      expect(movedBy(inferred(state), { ...named, by: 'person' })).toMatchObject({
        state: 'accepted',
        providerTaskId: 'task-2',
        provisional: true,
      });
    expect(outcomeOf(inferred('accepted'), { ...named, by: 'listing' })).toBe('already_known');
    expect(outcomeOf(inferred('ended_failed'), { ...named, by: 'listing' })).toBe('too_late');
    expect(outcomeOf(attemptIn('accepted'), { ...named, by: 'person' })).toBe('conflicting_task');
  });
  test('is certain once a callback on the attempt’s own path names it; a look at it proves nothing', () => {
    for (const type of ['progressed', 'succeeded', 'failed'] as const)
      for (const by of ['callback', 'poll'] as const)
        expect(taskOf(inferred('accepted'), { ...EVENTS[type], by })).toEqual(['task-1', by === 'poll']);
  });
  test.each([
    ['accepted', 'unknown', 'accepted'],
    ['ended_failed', 'unknown', 'accepted'],
    ['given_up', 'given_up', 'given_up'],
  ] as const)(
    'leaves an attempt in %s searched for when it is another’s (%s) or not at the provider (%s)',
    (state, owned, absent) => {
      for (const [isOwned, to] of [
        [true, owned],
        [false, absent],
      ] as const) {
        const moved = movedBy(inferred(state), disowned(isOwned));
        expect(moved).toMatchObject({ state: to, providerTaskId: null, provisional: false });
      }
    },
  );
  test.each(['accepted', 'progressed', 'failed'] as const)(
    'stays once it brought images, whoever proves to own it and whatever is heard of its own: %s',
    (type) => {
      for (const event of [disowned(true), disowned(false), own(type)])
        expect(outcomeOf(inferred('ended_succeeded'), event)).toBe('too_late');
    },
  );
  test('that brought images gives way to the images of its own, which were paid for as well', () => {
    const moved = movedBy(inferred('ended_succeeded'), own('succeeded'));
    expect(moved).toMatchObject({
      state: 'ended_succeeded',
      providerTaskId: 'task-2',
      provisional: false,
      stateSince: START,
    });
  });
  test('is taken back with all that it seemed to prove, when it is another’s', () => {
    const known = { answeredAt: START, imagesBilled: 2, provisional: true, failure: REFUSAL };
    expect(movedBy(attemptIn('ended_failed', known), disowned(true))).toMatchObject({
      answeredAt: null,
      imagesBilled: null,
      failure: null,
    });
  });
  test('cannot be taken back once it is certain, or another', () => {
    expect(outcomeOf(attemptIn('accepted'), disowned(true))).toBe('too_late');
    const other = attemptIn('accepted', { provisional: true, providerTaskId: 'task-2' });
    expect(outcomeOf(other, disowned(false))).toBe('too_late');
  });

  function taskOf(attempt: Attempt, event: AttemptEvent): [string | null, boolean] {
    const move = applyToAttempt(attempt, event, LATER);
    const { providerTaskId, provisional } = move.kind === 'moved' ? move.attempt : attempt;
    return [providerTaskId, provisional];
  }
});

test('an acceptance whose task is another attempt’s is an acceptance without a task', () => {
  const accepted: AttemptEvent = { type: 'accepted', taskId: null, provisional: false };
  expect(movedBy(attemptIn('unknown'), accepted)).toMatchObject({
    state: 'accepted',
    providerTaskId: null,
    imagesBilled: 2,
  });
  expect(outcomeOf(attemptIn('accepted'), accepted)).toBe('already_known');
});

describe('what an attempt keeps', () => {
  test('images are billed as soon as the provider is known to have the task', () => {
    for (const type of ['accepted', 'progressed', 'succeeded', 'failed'] as const)
      expect(movedBy(attemptIn('sending'), EVENTS[type]).imagesBilled).toBe(2);
    for (const type of ['refused', 'deferred', 'never-sent', 'unanswered', 'given-up'] as const)
      expect(movedBy(attemptIn('sending'), EVENTS[type]).imagesBilled).toBeNull();
  });
  test('only words of the provider count as an answer', () => {
    for (const type of ['accepted', 'refused', 'deferred', 'progressed', 'succeeded', 'failed'] as const)
      expect(movedBy(attemptIn('sending'), EVENTS[type]).answeredAt).toEqual(LATER);
    for (const type of ['never-sent', 'unanswered', 'given-up'] as const)
      expect(movedBy(attemptIn('sending'), EVENTS[type]).answeredAt).toBeNull();
  });
  test.each(['refused', 'deferred'] as const)(
    'the proof that overrules %s is the answer from then on',
    (state) => {
      const overruled = movedBy(attemptIn(state, { answeredAt: START }), EVENTS.progressed);
      expect(overruled.answeredAt).toEqual(LATER);
      expect(movedBy(overruled, EVENTS.succeeded).answeredAt).toEqual(LATER);
      expect(movedBy(attemptIn('given_up', { answeredAt: START }), EVENTS.accepted).answeredAt).toEqual(
        START,
      );
    },
  );
  test('acceptance takes an earlier refusal back, and success an earlier failure', () => {
    expect(movedBy(attemptIn('refused'), EVENTS.progressed).failure).toBeNull();
    expect(movedBy(attemptIn('ended_failed', { failure: REFUSAL }), EVENTS.succeeded).failure).toBeNull();
  });
  test('images come with success and stay', () => {
    const ended = movedBy(attemptIn('given_up'), EVENTS.succeeded);
    expect(ended.images).toEqual(IMAGES);
    expect(applyToAttempt(ended, EVENTS.failed, LATER).kind).toBe('refused');
  });
  test('a given-up attempt is looked at again when told so, and not otherwise', () => {
    const again: AttemptEvent = { type: 'given-up', lookAgainInMs: 60_000 };
    expect(movedBy(attemptIn('accepted', { nextCheckAt: START }), again).nextCheckAt).toEqual(
      new Date('2026-01-01T00:02:00Z'),
    );
    expect(movedBy(attemptIn('accepted', { nextCheckAt: START }), EVENTS['given-up']).nextCheckAt).toBeNull();
  });
});

test.each([
  ['sending', true, true, true],
  ['accepted', true, true, true],
  ['unknown', true, true, true],
  ['refused', false, false, true],
  ['deferred', false, false, false],
  ['never_sent', false, false, false],
  ['disproved', false, false, true],
  ['ended_succeeded', false, false, true],
  ['ended_failed', false, false, true],
  ['given_up', false, true, true],
] as const)('%s: holds a slot %s, may be paid %s, counts as a submit %s', (state, open, paid, reached) => {
  expect([isOpen({ state }), mayBePaid({ state, provisional: false }), reachedProvider({ state })]).toEqual([
    open,
    paid,
    reached,
  ]);
});
