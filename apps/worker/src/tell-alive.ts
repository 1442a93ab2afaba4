import { noteAlive } from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';

/** Tells those who ask why jobs wait that a worker runs, and whether it reaches the queue, for the next `ms`. */
export async function tellAlive(context: WorkerContext, ms: number): Promise<void> {
  const reached = await context.lanes.ping().then(
    () => true,
    // The lanes have told of it.
    () => false,
  );
  await noteAlive(context.db, reached ? ['worker', 'queue'] : ['worker'], ms);
}
