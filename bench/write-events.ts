import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, tellEvents } from '@catwalk/infra/postgres';

export const EVENTS_CLIENT = 'bench';

/** Bounded by nothing that happens in a bench. */
const PATIENCE = { maxWait: 120_000, timeout: 120_000 };
const AGAIN_MS = 100;

/**
 * Writes named events in one transaction that is held open for a time. Where the connection breaks nobody knows
 * whether it was committed: a row of its own tells, and it is written once.
 *
 * @returns when the commit was confirmed, in milliseconds since 1970
 */
export async function writeEvents(db: Database, names: readonly string[], holdMs: number): Promise<number> {
  const id = names[0] ?? '';
  for (;;) {
    try {
      await db.prisma.$transaction(async (tx) => {
        const isNew =
          await tx.$executeRaw`INSERT INTO bench_written (id) VALUES (${id}) ON CONFLICT DO NOTHING`;
        if (isNew === 0) return;
        await tellEvents(
          tx,
          names.map((name) => ({
            type: 'callbacks.silent' as const,
            client: EVENTS_CLIENT,
            actor: 'bench',
            data: { name },
          })),
        );
        await sleep(holdMs);
      }, PATIENCE);
      return performance.timeOrigin + performance.now();
    } catch {
      await sleep(AGAIN_MS);
    }
  }
}

/** Makes the table that tells which transactions were committed. */
export async function prepareWriting(db: Database): Promise<void> {
  await db.prisma.$executeRaw`CREATE TABLE bench_written (id text PRIMARY KEY)`;
}
