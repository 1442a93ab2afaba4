import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../src/collect-batch.js';
import { batchLines } from '../src/describe-batch.js';
import { isOver } from '../src/follow-batch.js';
import { createPace } from '../src/measure-pace.js';
import { progressFacts } from '../src/show-progress.js';
import { sampleBatch } from './sample-batch.js';

const nowMs = Date.parse('2030-01-31T12:00:00.000Z');
const allDone = { counts: { succeeded: 10 }, state: 'finished', outcome: 'all_succeeded' } as const;
const invalid = { count: 1, first: [{ line: 7, errors: [{ path: 'dressInput', message: 'is missing' }] }] };

describe('the exit code', () => {
  it.each([
    ['everything succeeded', sampleBatch(allDone), 0, 0],
    [
      'some failed',
      sampleBatch({ ...allDone, outcome: 'some_failed', counts: { succeeded: 9, failed: 1 } }),
      0,
      2,
    ],
    ['none succeeded', sampleBatch({ ...allDone, outcome: 'none_succeeded', counts: { failed: 10 } }), 0, 2],
    ['a line was invalid', sampleBatch({ ...allDone, invalidLines: invalid }), 0, 2],
    ['it was canceled', sampleBatch({ state: 'canceled', counts: { succeeded: 5, canceled: 5 } }), 0, 2],
    ['it is paused', sampleBatch({ state: 'paused' }), 0, 2],
    ['a picture could not be had', sampleBatch(allDone), 1, 1],
  ])('when %s', (_, batch, failedPictures, code) => {
    expect(exitCodeOf(batch, Array(failedPictures).fill('picture'))).toBe(code);
  });
});

describe('a run is over', () => {
  it.each([
    ['receiving', {}, false],
    ['running', { queued: 10 }, false],
    ['canceling', { processing: 1 }, false],
    ['finished', { succeeded: 10 }, true],
    ['canceled', { canceled: 10 }, true],
    ['paused', { queued: 5, succeeded: 5 }, true],
    ['paused', { queued: 5, processing: 1 }, false],
    ['paused', { queued: 5, unconfirmed: 1 }, false],
    ['paused', { queued: 5, submitting: 1 }, false],
  ] as const)('of a batch that is %s with %j: %s', (state, counts, over) => {
    expect(isOver(sampleBatch({ state, counts }))).toBe(over);
  });
});

describe('the progress', () => {
  it('tells counts, failures by reason, pictures, rate and time left', () => {
    const batch = sampleBatch({
      counts: { queued: 4, succeeded: 3, failed: 3 },
      failures: { content_rejected: 2, expired: 1 },
    });
    expect(progressFacts(batch, 3, 2, nowMs)).toBe(
      '3 ok, 3 failed (2 content_rejected, 1 expired) | 3 pictures | 2.0/s | 2 s left',
    );
    expect(progressFacts(batch, 3, 0.05, nowMs)).toContain('3.0/min | 80 s left');
  });

  it('goes by the estimate of Catwalk where there is one, and says nothing that is not known', () => {
    const estimated = sampleBatch({ estimatedEndAt: '2030-01-31T12:30:00.000Z' });
    expect(progressFacts(estimated, 5, null, nowMs)).toBe('5 ok, 0 failed | 5 pictures | 30 min left');
    expect(progressFacts(sampleBatch({ state: 'canceling' }), 5, null, nowMs)).toBe(
      '5 ok, 0 failed | 5 pictures | canceling',
    );
  });
});

describe('the pace', () => {
  it('is that of the last minute, and not known before something has ended', () => {
    const pace = createPace();
    expect(pace.look(10, 0)).toBeNull();
    expect(pace.look(10, 10_000)).toBeNull();
    expect(pace.look(30, 20_000)).toBe(1);
    expect(pace.look(30, 90_000)).toBeNull();
    expect(pace.look(60, 100_000)).toBe(3);
  });
});

describe('a batch', () => {
  it('is told in a few lines, without what it has none of', () => {
    const paused = {
      reason: 'failures',
      detail: '12 of 30 failed',
      actor: 'system\u001b]0;x\u0007',
      since: '2030-01-31T12:00:00.000Z',
    } as const;
    expect(
      batchLines(
        sampleBatch({
          state: 'paused',
          paused,
          counts: { queued: 5, succeeded: 3, failed: 2 },
          failures: { content_rejected: 2 },
          waiting: { batch_paused: 5 },
          invalidLines: invalid,
          estimatedCost: { amount: '1.20', currency: 'EUR' },
        }),
      ),
    ).toEqual([
      `bat_${'0'.repeat(32)} paused since 2030-01-31T12:00:00.000Z`,
      'paused by system ]0;x  (failures): 12 of 30 failed',
      '  try-ons  10: 5 queued, 3 succeeded, 2 failed',
      '  failed   2 content_rejected',
      '  waiting  5 batch_paused',
      '  invalid  1 line',
      '    line 7: dressInput is missing',
      '  images   5 billed of 10, about 1.20 EUR for all',
      '  started  2030-01-31T12:00:00.000Z',
    ]);
  });

  it('that was billed for retries too says why it is more than was asked for', () => {
    expect(batchLines(sampleBatch({ imagesBilled: 12 }))).toContain(
      '  images   12 billed, 10 asked for: retries are billed again',
    );
  });
});
