import { v7 } from 'uuid';

export type IdKind = 'try' | 'att' | 'cb' | 'bat' | 'evt' | 'whe' | 'del' | 'ast';

/** A time-ordered public id that carries its kind: `try_` and the 32 hex digits of a UUID v7. */
export function makeId(kind: IdKind): string {
  return `${kind}_${v7().replaceAll('-', '')}`;
}
