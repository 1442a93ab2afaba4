import type { BatchFormat } from '@catwalk/contract';
import {
  type BatchHead,
  type BatchRecord,
  readBatch,
  UnreadableInput,
} from '../../src/batch-input/read-batch.js';

/** A body of chunks; strings are sent as UTF-8. */
export async function* bodyOf(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

export async function readAll(
  format: BatchFormat,
  ...chunks: readonly (string | Uint8Array)[]
): Promise<{ head: BatchHead; records: BatchRecord[] }> {
  const { head, records } = await readBatch(format, bodyOf(...chunks));
  const all: BatchRecord[] = [];
  for await (const record of records) all.push(record);
  return { head, records: all };
}

/** Why an input cannot be read, with all that it names. */
export async function refusalOf(
  format: BatchFormat,
  ...chunks: readonly (string | Uint8Array)[]
): Promise<Pick<UnreadableInput, 'code' | 'line' | 'issues'>> {
  const refusal = await readAll(format, ...chunks).catch((error: unknown) => error);
  if (!(refusal instanceof UnreadableInput)) throw new Error('it was read', { cause: refusal });
  return { code: refusal.code, line: refusal.line, issues: refusal.issues };
}

/** What a record comes to, without its size. */
export function gist(record: BatchRecord): unknown {
  return record.kind === 'record' ? [record.line, record.value] : [record.line, record.issues];
}

export const PERSON = 'https://shop.example/p.jpg';
export const DRESS = 'https://shop.example/d.jpg';

/** Every way to cut a small body in two, and the body byte by byte. */
export function everyCut(bytes: Buffer): Uint8Array[][] {
  const inTwo = Array.from({ length: bytes.length + 1 }, (_, at) => [
    bytes.subarray(0, at),
    bytes.subarray(at),
  ]);
  return [...inTwo, Array.from(bytes, (byte) => Uint8Array.of(byte))];
}
