import { expect, it } from 'vitest';
import { COPY_PATIENCE_MS, type CopySight, judgeCopy } from './judge-copy.js';

const first = { tries: 0, triedMs: 0, patienceMs: COPY_PATIENCE_MS };
const answered = (status: number): CopySight => ({ kind: 'answered', status });

it.each<[CopySight, string]>([
  [answered(200), 'take'],
  [answered(203), 'take'],
  [answered(404), 'bad'],
  [answered(410), 'bad'],
  [{ kind: 'private_address' }, 'bad'],
  [{ kind: 'too_large' }, 'bad'],
  [answered(202), 'again'],
  [answered(206), 'again'],
  [answered(401), 'again'],
  [answered(403), 'again'],
  [answered(429), 'again'],
  [answered(500), 'again'],
  [{ kind: 'unreachable' }, 'again'],
  [{ kind: 'timeout' }, 'again'],
  [{ kind: 'unclear' }, 'again'],
  [{ kind: 'not_kept', reason: 'the provider answered 500' }, 'again'],
])('only what is certain fails a copy at once: %j is %s', (sight, kind) => {
  expect(judgeCopy(sight, first).kind).toBe(kind);
});

it('a picture that was fetched and cannot be kept waits, however long that lasts: an outage fails nothing', () => {
  const long = { ...first, tries: 1_000, triedMs: 100 * COPY_PATIENCE_MS };
  expect(judgeCopy({ kind: 'not_kept', reason: 'the provider answered 503' }, long)).toEqual({
    kind: 'again',
    reason: 'the provider answered 503',
    inMs: 30_000,
  });
});

it('what is doubtful is tried again ever more rarely, and fails with its reason when patience is over', () => {
  let triedMs = 0;
  const rests: number[] = [];
  for (let tries = 0; ; tries += 1) {
    const verdict = judgeCopy(answered(503), { ...first, tries, triedMs });
    if (verdict.kind !== 'again') {
      expect(verdict).toEqual({ kind: 'bad', reason: 'the server answers 503, for 10 minutes' });
      break;
    }
    rests.push(verdict.inMs);
    triedMs += verdict.inMs;
  }
  expect(rests.slice(0, 6)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
  expect(triedMs).toBeLessThanOrEqual(COPY_PATIENCE_MS);
  expect(triedMs).toBeGreaterThan(COPY_PATIENCE_MS - 31_000);
});
