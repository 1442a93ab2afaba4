import { noteProviderReached } from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';

/** Notes that a submit whose answer was lost had arrived: what takes submits is not down, however badly it answers. */
export async function noteArrival(context: WorkerContext, sentAt: Date): Promise<void> {
  context.silence.count = 0;
  await noteProviderReached(context.db, sentAt);
}
