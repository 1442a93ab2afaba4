import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokenRules } from '../../faults/break-rules.js';
import { faults } from '../../faults/list-faults.js';
import { proveRule } from '../../faults/prove-report.js';
import { recordOperations } from '../../faults/record-operations.js';
import type { Fault } from '../../faults/rig/fault.js';
import { type Ground, startGround } from '../../faults/rig/start-ground.js';
import { hasRedisServer } from '../../faults/rig/start-redis.js';
import { readSnapshot } from '../../faults/rows/crash-worker.js';
import { runRow } from '../../faults/run-row.js';

const backend = hasRedisServer ? 'redis' : 'postgres';
const seed = 'of the tests';
const timeout = 180_000;

describe('the fault report', () => {
  const logFolder = mkdtempSync(join(tmpdir(), 'catwalk-faults-logs-'));
  let ground: Ground;
  beforeAll(async () => {
    ground = await startGround();
  }, 60_000);
  afterAll(async () => {
    await ground?.close();
    rmSync(logFolder, { recursive: true, force: true });
  });
  const optionsOf = () => ({ quick: true, seed, ground, logFolder, backend }) as const;

  describe.concurrent('of a few rows', () => {
    it.each(['callbacks doubled and shuffled', 'an old attempt fails after a retry'])(
      'is green: %s',
      { timeout },
      async (name) => {
        expect(await runRow(shorten(name), optionsOf())).toMatchObject({ reasons: [], lost: 0, stuck: 0 });
      },
    );

    // The others take longer: `npm run faults -- --prove`.
    it.each([
      'resubmit on timeout',
      'callbacks applied without order',
      `an old attempt's failure ends the job`,
    ])('is red when a rule is broken: %s', { timeout }, async (name) => {
      const rule = brokenRules.find((one) => one.name === name);
      if (rule === undefined) throw new Error(`there is no rule "${name}"`);
      const { row, noticed } = await proveRule(rule, shorten(rule.row), optionsOf());
      expect(noticed, row.reasons.join('; ')).toBe(true);
    });

    it('kills the worker at every operation that it does', { timeout }, async () => {
      const listed = new Set(readSnapshot()[backend]);
      const done = await recordOperations(ground, backend, logFolder);
      // A new one is listed by `npm run faults -- --record`, and so killed at in the next report.
      expect(done.filter((name) => !listed.has(name))).toEqual([]);
    });
  });
});

/** The row with a few jobs: enough to see whether a rule holds. */
function shorten(name: string): Fault {
  const fault = faults.find((one) => one.name === name);
  if (fault === undefined) throw new Error(`there is no row "${name}"`);
  const isSmall = fault.jobs.quick < 20;
  return { ...fault, jobs: isSmall ? fault.jobs : { quick: 36, full: 36 }, endWithinS: 30 };
}
