import { isPostgresAway } from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';

/**
 * Does one item of a round. What goes wrong with it is told and harms no other item; a database that is away is
 * everybody's trouble, and ends the round.
 *
 * @throws only when the database cannot be reached
 */
export async function judgeAlone(
  context: WorkerContext,
  item: Readonly<Record<string, unknown>>,
  judge: () => Promise<unknown>,
): Promise<void> {
  try {
    await judge();
  } catch (err) {
    if (isPostgresAway(err)) throw err;
    context.logger.error({ ...item, err }, 'attempt.judge-failed');
  }
}
