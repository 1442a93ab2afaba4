import { once } from 'node:events';
import type { ResultFormat, ResultStatus } from '@catwalk/contract';
import { EXIT, type Session } from './session.js';

export interface ResultsWanted {
  readonly format: ResultFormat;
  readonly status?: readonly ResultStatus[];
  readonly after?: string;
}

/** Results as they are, on standard output, as fast as it takes them. @returns the exit code */
export async function printResults(
  { catwalk, around }: Session,
  id: string,
  { format, status, after }: ResultsWanted,
): Promise<number> {
  const { stdout, signal } = around;
  const options = { status, after, signal };
  const write = async (chunk: string | Uint8Array) => {
    if (!stdout.write(chunk)) await once(stdout, 'drain', { signal });
  };
  if (format === 'csv') for await (const chunk of catwalk.batches.resultsCsv(id, options)) await write(chunk);
  else for await (const one of catwalk.batches.results(id, options)) await write(`${JSON.stringify(one)}\n`);
  return EXIT.fine;
}
