import { describe, expect, test } from 'vitest';
import { type EvidenceLook, type EvidenceSearch, judgeEvidence } from './judge-evidence.js';

const GRACE_MS = 120_000;
const START = Date.UTC(2026, 0, 1);
const at = (seconds: number) => new Date(START + seconds * 1_000);
const rules = { graceMs: GRACE_MS, deadlineAt: at(1_800) };

/** Sweeps every 15 s from second 0, as the watch makes them, until something is decided. */
function sweep(looks: (second: number) => Omit<EvidenceLook, 'startedAt'>, until = 2_000): [number, string] {
  let search: EvidenceSearch = { graceFrom: at(0), sweptAt: null, absentAt: null };
  for (let second = 15; second <= until; second += 15) {
    const verdict = judgeEvidence(search, { startedAt: at(second), ...looks(second) }, rules);
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
    const search = { graceFrom: at(0), sweptAt: at(120), absentAt: at(120) };
    const look = { answered: true, complete: true };
    expect(judgeEvidence(search, { startedAt: at(134), ...look }, rules).kind).toBe('search-on');
    expect(judgeEvidence(search, { startedAt: at(135), ...look }, rules).kind).toBe('disproved');
  });
});

describe('a standstill', () => {
  const complete = { answered: true, complete: true };

  test('starts the grace again and forgets the first look', () => {
    const search = { graceFrom: at(0), sweptAt: at(150), absentAt: at(150) };
    const verdict = judgeEvidence(search, { startedAt: at(181), ...complete }, rules);
    expect(verdict).toEqual({
      kind: 'search-on',
      search: { graceFrom: at(181), sweptAt: at(181), absentAt: null },
    });
  });
  test('is a gap of more than a quarter of the grace, not one of exactly that', () => {
    const search = { graceFrom: at(0), sweptAt: at(150), absentAt: at(150) };
    expect(judgeEvidence(search, { startedAt: at(180), ...complete }, rules).kind).toBe('disproved');
  });
  test('before the first sweep counts as well', () => {
    const search = { graceFrom: at(0), sweptAt: null, absentAt: null };
    const verdict = judgeEvidence(search, { startedAt: at(600), ...complete }, rules);
    expect(verdict).toMatchObject({ kind: 'search-on', search: { graceFrom: at(600), absentAt: null } });
  });
  test('is not what a provider that cannot be asked causes: the sweeps went on', () => {
    const look = (second: number) => ({ answered: second > 900, complete: second > 900 });
    expect(sweep(look)).toEqual([930, 'disproved']);
  });
});

describe('the deadline', () => {
  test('ends the search by an answered look that began after it, and wins over absence', () => {
    const search = { graceFrom: at(1_000), sweptAt: at(1_800), absentAt: at(1_700) };
    const look = { startedAt: at(1_801), answered: true, complete: true };
    expect(judgeEvidence(search, look, rules)).toEqual({ kind: 'deadline' });
  });
  test('does not end the search by a look that nobody answered', () => {
    expect(sweep(() => ({ answered: false, complete: false }), 5_000)).toEqual([5_000, 'search-on']);
  });
  test('is not reached by a look that began at it', () => {
    const search = { graceFrom: at(1_790), sweptAt: at(1_790), absentAt: null };
    const look = { startedAt: at(1_800), answered: true, complete: false };
    expect(judgeEvidence(search, look, rules).kind).toBe('search-on');
  });
});
