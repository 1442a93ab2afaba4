import {
  BATCH_LINES_MAX,
  batchDefaultsSchema,
  batchOptionFields,
  type Issue,
  parseWith,
} from '@catwalk/contract';
import { z } from 'zod';
import { type BatchHead, type BatchRecord, brokenRecord } from './batch-record.js';
import type { DocumentListener, Wanted } from './parse-document.js';
import { createSides, crossSides, type SideName } from './read-sides.js';
import { UnreadableInput } from './unreadable-input.js';

const options = z.object(batchOptionFields);
/** Fields that stand before the records, and lists that records are made of. */
export const HEAD_FIELDS: readonly string[] = [...Object.keys(batchOptionFields), 'defaults'];
export const LISTS: readonly string[] = ['items', 'people', 'garments'];

/** Makes head and records of what a JSON document turns out to contain. */
export function createBatchCollector() {
  const seen = new Set<string>();
  const values = new Map<string, unknown>();
  const issues: Issue[] = [];
  const sides = createSides();
  let records: BatchRecord[] = [];
  let items = 0;
  let firstList: string | null = null;

  /** Before the records all that is wrong is told together, from there on the first thing. */
  function refuse(path: string, message: string): void {
    issues.push({ path, message });
    if (firstList !== null || issues.length >= 100) throw new UnreadableInput(issues);
  }

  function judgeField(name: string): string | null {
    if (seen.has(name)) return 'must not stand twice';
    if (LISTS.includes(name)) return judgeList(name);
    if (!HEAD_FIELDS.includes(name)) return 'is an unknown field';
    return firstList === null ? null : `must stand before ${firstList}`;
  }

  function judgeList(name: string): string | null {
    if (firstList === null || (name === 'items') === (firstList === 'items')) return null;
    return `must not be combined with ${firstList}`;
  }

  const listener: DocumentListener = {
    onField(name): Wanted {
      const problem = judgeField(name);
      seen.add(name);
      if (problem !== null) refuse(name, problem);
      if (problem !== null) return 'none';
      if (!LISTS.includes(name)) return 'value';
      firstList ??= name;
      return 'entries';
    },
    onValue: (name, value) => void values.set(name, value),
    onEntry(name, value, bytes) {
      if (name === 'items') records.push(toRecord(value, ++items, bytes));
      else sides.add(name as SideName, value, bytes);
    },
    onNoList: (name) => refuse(name, 'must be a list'),
  };

  return {
    listener,
    /** Whether all that stands before the records has been read. */
    isHeadRead: () => firstList !== null,
    head(): BatchHead {
      const { defaults: given = null, ...others } = Object.fromEntries(values);
      const parsed = parseWith(options, others);
      const defaults = given === null ? null : parseWith(batchDefaultsSchema, given);
      if (!parsed.ok) issues.push(...parsed.issues);
      if (defaults?.ok === false) issues.push(...defaults.issues.map(underDefaults));
      if (firstList === null) issues.push({ path: 'items', message: 'is required, or people and garments' });
      if (!parsed.ok || issues.length > 0) throw new UnreadableInput(issues);
      const kept = given as Record<string, unknown> | null;
      return { columns: null, delimiter: null, options: parsed.value, defaults: kept };
    },
    /** Gives out the items that were read since the last time. */
    take(): readonly BatchRecord[] {
      const taken = records;
      records = [];
      return taken;
    },
    /** Gives out what can only be made at the end. */
    *finish(): Generator<BatchRecord> {
      if (firstList === 'items') return;
      for (const name of ['people', 'garments'])
        if (!seen.has(name)) refuse(name, `is required with ${firstList}`);
      const { people, garments } = sides.finish();
      if (people.length * garments.length > BATCH_LINES_MAX)
        refuse('', `must have at most ${BATCH_LINES_MAX} lines`);
      yield* crossSides(people, garments);
    },
  };
}

function toRecord(value: unknown, line: number, bytes: number): BatchRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return brokenRecord(line, bytes, 'must be a JSON object');
  return { kind: 'record', line, bytes, value, cells: null };
}

function underDefaults({ path, message }: Issue): Issue {
  return { path: path === '' ? 'defaults' : `defaults.${path}`, message };
}
