import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokenRules, shortenRow } from '../../faults/break-rules.js';
import { proveRule, rowOf } from '../../faults/prove-report.js';
import { recordOperations } from '../../faults/record-operations.js';
import type { Backend } from '../../faults/rig/fault.js';
import { type Ground, startGround } from '../../faults/rig/start-ground.js';
import { hasRedisServer } from '../../faults/rig/start-redis.js';
import { readSnapshot } from '../../faults/rows/crash-worker.js';
import { runRow } from '../../faults/run-row.js';

const backends: readonly Backend[] = hasRedisServer ? ['redis', 'postgres'] : ['postgres'];
const [backend = 'postgres'] = backends;
const timeout = 240_000;

// Each is a system of its own that mostly waits, so all run at once.
describe.concurrent(`the fault report (on ${backend})`, () => {
  const logFolder = mkdtempSync(join(tmpdir(), 'catwalk-faults-logs-'));
  let ground: Ground;
  beforeAll(async () => {
    ground = await startGround();
  });
  afterAll(async () => {
    await ground?.close();
    rmSync(logFolder, { recursive: true, force: true });
  });
  const setting = { quick: true, seed: 'of the tests', backend, doorsTogether: true } as const;
  const optionsOf = () => ({ ...setting, ground, logFolder });

  it.each(brokenRules.filter((rule) => !rule.hangsOnChance))(
    'turns red when a rule is broken: $name',
    { timeout },
    async (rule) => {
      const { row, noticed } = await proveRule(rule, rowOf(rule), optionsOf());
      expect(noticed, `the row said: ${row.reasons.join('; ')}`).toBe(true);
    },
  );

  // It is time alone that tells of this one: it has to be enough while the rule holds.
  it('is green as soon as nothing is broken: no rescue', { timeout }, async () => {
    const rule = brokenRules.find(({ name }) => name === 'no rescue');
    if (rule === undefined) throw new Error('there is no such rule');
    expect((await runRow(shortenRow(rowOf(rule), rule), optionsOf())).reasons).toEqual([]);
  });

  it.each(backends)('kills the worker at every operation of a job’s life, on %s', { timeout }, async (on) => {
    // Of both backends: which loop comes round while a job lives differs from run to run.
    const listed = new Set(Object.values(readSnapshot()).flat());
    const done = await recordOperations(ground, on, logFolder);
    // A new one is listed by `npm run faults -- --record`, and so killed at in the next report.
    expect(done.filter((name) => !listed.has(name))).toEqual([]);
  });
});
