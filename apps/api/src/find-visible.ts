import { parseTryOnId } from '@catwalk/contract';
import { type Database, findTryOn, type TryOnRow, type Viewer } from '@catwalk/infra/postgres';
import type { Caller } from './authenticate.js';
import { ProblemError } from './problem-error.js';

/** Whose rows a caller sees: its own, or as an admin all. */
export function viewerOf(caller: Caller): Viewer {
  return caller.admin ? null : caller.client;
}

/** The try-on of an address, if the caller may see it. Another client's is as unknown as one that never was. */
export async function findVisible(database: Database, caller: Caller, idText: unknown): Promise<TryOnRow> {
  const id = parseTryOnId(String(idText));
  const row = id === null ? null : await findTryOn(database, viewerOf(caller), id);
  if (row !== null) return row;
  throw new ProblemError('try_on_not_found', 'There is no try-on with this id');
}
