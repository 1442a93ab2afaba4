import type { Database, Queryable } from './open-database.js';

/** How many images may be submitted in a UTC day: by all (null: no limit), and by clients. */
export interface DailyCeilings {
  readonly all: number | null;
  readonly clients: ReadonlyMap<string, number>;
}

/**
 * Writes the daily ceilings of the settings; what they do not name has none from now on. They hold for all workers,
 * whatever these were told: the word of the worker that started last counts.
 */
export async function keepCeilings(db: Database, ceilings: DailyCeilings): Promise<void> {
  const rows = [
    ...(ceilings.all === null ? [] : [{ scope: 'day', name: '', images: ceilings.all }]),
    ...[...ceilings.clients].map(([name, images]) => ({ scope: 'client', name, images })),
  ];
  await db.prisma.$transaction(async (tx) => {
    await stopClaims(tx);
    await tx.$executeRaw`
      DELETE FROM catwalk.ceiling c WHERE c.scope IN ('day', 'client') AND NOT EXISTS (
        SELECT FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS w(scope text, name text)
        WHERE w.scope = c.scope AND w.name = c.name)`;
    await writeCeilings(tx, rows);
  });
}

/** Sets how many images the jobs of a batch may submit in its whole life; null lifts it. */
export async function setBatchCeiling(db: Database, batchId: string, images: number | null): Promise<void> {
  await db.prisma.$transaction(async (tx) => {
    await stopClaims(tx);
    if (images === null)
      await tx.$executeRaw`DELETE FROM catwalk.ceiling WHERE scope = 'batch' AND name = ${batchId}`;
    else await writeCeilings(tx, [{ scope: 'batch', name: batchId, images }]);
  });
}

/** A claim that saw no ceiling has locked none: it must have ended before the next one counts. */
export async function stopClaims(tx: Queryable): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM catwalk.account ORDER BY email FOR NO KEY UPDATE`;
}

export interface CeilingRow {
  readonly scope: string;
  readonly name: string;
  readonly images: number;
}

/** Another limit than before has held nothing back yet; the workers are told, since more may start now. */
export async function writeCeilings(tx: Queryable, rows: readonly CeilingRow[]): Promise<void> {
  await tx.$queryRaw`
    WITH written AS (
      INSERT INTO catwalk.ceiling AS c (scope, name, images)
      SELECT scope, name, images FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        AS w(scope text, name text, images int) ORDER BY scope, name
      ON CONFLICT (scope, name) DO UPDATE SET images = excluded.images, reached_at = NULL, left_images = NULL
        WHERE c.images <> excluded.images
    )
    SELECT pg_notify('catwalk_work', '')::text`;
}
