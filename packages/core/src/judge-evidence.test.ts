import { describe, expect, test } from 'vitest';
import { type EvidenceLook, type EvidenceSearch, judgeEvidence } from './judge-evidence.js';

const GRACE_MS = 120_000;
const START = Date.UTC(2026, 0, 1);
const at = (seconds: number) => new Date(START + seconds * 1_000);
const rules = {
  graceMs: GRACE_MS,
  pollIntervalMs: 15_000,
  jobDeadlineMs: 1_800_000,
  deadlineAt: at(1_800),
};
const never = { interruptedAt: null };

/** Sweeps from second 0 on, every 15 s unless told, as the watch makes them, until something is decided. */
function sweep(
  looks: (second: number) => Omit<EvidenceLook, 'startedAt'>,
  until = 2_000,
  more: Partial<typeof rules> = {},
): [number, string] {
  const all = { ...rules, ...more };
  const step = all.pollIntervalMs / 1_000;
  let search: EvidenceSearch = { graceFrom: at(0), sweptAt: null, absentAt: null, ...never };
  for (let second = step; second <= until; second += step) {
    const verdict = judgeEvidence(search, { startedAt: at(second), ...looks(second) }, all);
    if (verdict.kind !== 'search-on') return [second, verdict.kind];
    search = verdict.search;
  }
  return [until, 'search-on'];
}

describe('absence', () => {
  test('takes two complete looks after the grace, an eighth of it apart', () => {
    expect(sweep(() => ({ answered: true, complete: true }))).toEqual([135, 'disproved']);
  });
  test('is not proven by complete looks before the grace is over', () => {
    expect(sweep((second) => ({ answered: true, complete: second < 120 }))).toEqual([1_815, 'deadline']);
  });
  test('is not proven by looks without a positive control', () => {
    expect(sweep(() => ({ answered: true, complete: false }))).toEqual([1_815, 'deadline']);
  });
  test('is not proven by one complete look', () => {
    expect(sweep((second) => ({ answered: true, complete: second === 300 }))).toEqual([1_815, 'deadline']);
  });
  test('may be proven by two complete looks with incomplete ones between', () => {
    const look = (second: number) => ({ answered: true, complete: second === 300 || second === 600 });
    expect(sweep(look)).toEqual([600, 'disproved']);
  });
  test('waits longer when the second look comes too soon', () => {
    const search = { graceFrom: at(0), sweptAt: at(120), absentAt: at(120), ...never };
    const look = { answered: true, complete: true };
    expect(judgeEvidence(search, { startedAt: at(134), ...look }, rules).kind).toBe('search-on');
    expect(judgeEvidence(search, { startedAt: at(135), ...look }, rules).kind).toBe('disproved');
  });
});

describe('a standstill', () => {
  const complete = { answered: true, complete: true };

  test('starts the grace again and forgets the first look', () => {
    const search = { graceFrom: at(0), sweptAt: at(150), absentAt: at(150), ...never };
    const verdict = judgeEvidence(search, { startedAt: at(181), ...complete }, rules);
    expect(verdict).toEqual({
      kind: 'search-on',
      search: { graceFrom: at(181), sweptAt: at(181), absentAt: null, interruptedAt: at(181) },
    });
  });
  test('is a gap of more than a quarter of the grace, not one of exactly that', () => {
    const search = { graceFrom: at(0), sweptAt: at(150), absentAt: at(150), ...never };
    expect(judgeEvidence(search, { startedAt: at(180), ...complete }, rules).kind).toBe('disproved');
  });
  test('before the first sweep counts as well', () => {
    const search = { graceFrom: at(0), sweptAt: null, absentAt: null, ...never };
    const verdict = judgeEvidence(search, { startedAt: at(600), ...complete }, rules);
    expect(verdict).toMatchObject({ kind: 'search-on', search: { graceFrom: at(600), absentAt: null } });
  });
  test.each([30, 60, 120, 600])('is not what looks %i s apart are: absence is proven all the same', (gap) => {
    const answered = () => ({ answered: true, complete: true });
    const [second, verdict] = sweep(answered, 4_000, { pollIntervalMs: gap * 1_000, deadlineAt: at(4_000) });
    expect(verdict).toBe('disproved');
    expect(second).toBe(Math.ceil(120 / gap) * gap + gap);
  });
  test('among looks that are far apart is a gap of more than two of them', () => {
    const search = { graceFrom: at(0), sweptAt: at(150), absentAt: at(150), ...never };
    const rare = { ...rules, pollIntervalMs: 60_000 };
    expect(judgeEvidence(search, { startedAt: at(270), ...complete }, rare).kind).toBe('disproved');
    expect(judgeEvidence(search, { startedAt: at(271), ...complete }, rare).kind).toBe('search-on');
  });
  test('is not what a provider that cannot be asked causes: the sweeps went on', () => {
    const look = (second: number) => ({ answered: second > 900, complete: second > 900 });
    expect(sweep(look)).toEqual([930, 'disproved']);
  });
});

describe('the deadline', () => {
  test('ends the search by an answered look that began after it, and wins over absence', () => {
    const search = { graceFrom: at(1_000), sweptAt: at(1_800), absentAt: at(1_700), ...never };
    const look = { startedAt: at(1_801), answered: true, complete: true };
    expect(judgeEvidence(search, look, rules)).toEqual({ kind: 'deadline' });
  });
  test('does not end the search by a look that nobody answered', () => {
    expect(sweep(() => ({ answered: false, complete: false }), 5_000)).toEqual([5_000, 'search-on']);
  });
  test('is not reached by a look that began at it', () => {
    const search = { graceFrom: at(1_790), sweptAt: at(1_790), absentAt: null, ...never };
    const look = { startedAt: at(1_800), answered: true, complete: false };
    expect(judgeEvidence(search, look, rules).kind).toBe('search-on');
  });
});

describe('an outage that outlasts the deadline', () => {
  const back = 3_900;
  test('fails nothing: absence has its chance first', () => {
    const look = (second: number) => ({ answered: second >= back, complete: second >= back });
    expect(sweep(look, 9_000)).toEqual([back + 15, 'disproved']);
  });
  test('that began with the search leaves absence as much', () => {
    const rare = { pollIntervalMs: 30_000 };
    const look = (second: number) => ({ answered: second >= back, complete: second >= back });
    expect(sweep(look, 9_000, rare)[1]).toBe('disproved');
  });
  test('ends the search once absence could have been shown, and was not', () => {
    const look = (second: number) => ({ answered: second >= back, complete: false });
    // The last unanswered look, the grace, and three times the longest gap between looks.
    expect(sweep(look, 9_000)).toEqual([back - 15 + 120 + 90 + 15, 'deadline']);
  });
  test('and comes again starts that anew', () => {
    const look = (second: number) => ({
      answered: second >= back && second !== back + 150,
      complete: false,
    });
    expect(sweep(look, 9_000)).toEqual([back + 150 + 120 + 90 + 15, 'deadline']);
  });
  test('long before the deadline puts it off no more', () => {
    const look = (second: number) => ({ answered: second > 900, complete: false });
    expect(sweep(look)).toEqual([1_815, 'deadline']);
  });
  test('is a standstill of ours, too', () => {
    const search = { graceFrom: at(0), sweptAt: at(150), absentAt: null, ...never };
    const look = { startedAt: at(3_900), answered: true, complete: true };
    expect(judgeEvidence(search, look, rules)).toEqual({
      kind: 'search-on',
      search: {
        graceFrom: at(3_900),
        sweptAt: at(3_900),
        absentAt: null,
        interruptedAt: at(3_900),
      },
    });
  });
  test('changes nothing where the grace is as long as the deadline: nothing is ever sent again by itself', () => {
    const look = (second: number) => ({ answered: second >= back, complete: second >= back });
    expect(sweep(look, 9_000, { graceMs: 1_800_000 })).toEqual([back, 'deadline']);
  });
});
