import { BATCH_LINE_BYTES_MAX, type batchOptionFields, type Issue } from '@catwalk/contract';
import type { z } from 'zod';

/** What every record has. */
interface RecordPlace {
  /** NDJSON and CSV: the physical line on which it begins, from 1. JSON: the number of the item, from 1. */
  readonly line: number;
  /** Its size in the input, or with its cells if that is more; the same for the same bytes, however they arrive. */
  readonly bytes: number;
  /** A CSV's cells by their columns, without empty ones and those of a results file. */
  readonly cells: Readonly<Record<string, string>> | null;
}

/** One record of an input: a value that `parseCreateTryOn` takes, or what is wrong with it. */
export type BatchRecord =
  | (RecordPlace & { readonly kind: 'record'; readonly value: unknown })
  | (RecordPlace & { readonly kind: 'broken'; readonly issues: readonly Issue[] });

/** What stands before the records. */
export interface BatchHead {
  /** Of a CSV: its columns in their order, without those of a results file, and what stands between cells. */
  readonly columns: readonly string[] | null;
  readonly delimiter: string | null;
  /** Of a JSON body; empty for the others. */
  readonly options: BatchBodyOptions;
  /** Checked, and as they were sent: they go under the fields of each record before that is parsed. */
  readonly defaults: Readonly<Record<string, unknown>> | null;
}

type BatchBodyOptions = {
  readonly [name in keyof typeof batchOptionFields]?: z.output<(typeof batchOptionFields)[name]>;
};

export interface BatchInput {
  readonly head: BatchHead;
  readonly records: AsyncIterable<BatchRecord>;
}

export const TOO_LONG = `must have at most ${BATCH_LINE_BYTES_MAX} bytes`;

/** A record that cannot be made a try-on, for one reason that concerns all of it. */
export function brokenRecord(
  line: number,
  bytes: number,
  message: string,
  cells: Readonly<Record<string, string>> | null = null,
): BatchRecord {
  return { kind: 'broken', line, bytes, issues: [{ path: '', message }], cells };
}
