import { createHash } from 'node:crypto';
import { Prisma } from './generated/client.js';

const MARK = '/* plan kept */';

/** Begins a statement that runs for every job: to plan it anew each time takes longer than to run it. */
export const KEPT = Prisma.raw(MARK);

/**
 * The name under which a connection keeps the plan of a marked statement, and none for others. It is made of the
 * text: no name ever stands for two statements, whoever else uses the connection.
 */
export function planName({ sql }: { readonly sql: string }): string {
  if (!sql.startsWith(MARK)) return '';
  return `catwalk_${createHash('sha1').update(sql).digest('hex').slice(0, 24)}`;
}
