import { type BrokenRule, breakRule } from './break-rules.js';
import { faults } from './list-faults.js';
import type { Fault } from './rig/fault.js';
import { type RowOptions, type RowResult, runRow } from './run-row.js';

export interface Proof {
  readonly rule: string;
  readonly row: RowResult;
  /** The row turned red, and for the reason that was expected. */
  readonly noticed: boolean;
}

/** Runs the row that must notice that a rule is broken. */
export async function proveRule(rule: BrokenRule, fault: Fault, options: RowOptions): Promise<Proof> {
  const row = await runRow(breakRule(fault, rule), options);
  return { rule: rule.name, row, noticed: row.reasons.some((reason) => rule.expected.test(reason)) };
}

/** The row that must notice. */
export function rowOf(rule: BrokenRule): Fault {
  const fault = faults.find((one) => one.name === rule.row);
  if (fault === undefined) throw new Error(`there is no row "${rule.row}"`);
  return fault;
}

export function formatProof({ rule, row, noticed }: Proof): string {
  const said = row.reasons.length === 0 ? 'stayed green' : row.reasons.join('; ');
  return `${noticed ? 'noticed' : 'NOT NOTICED'}: ${rule}: ${said} (${row.tookS.toFixed(0)} s)`;
}
