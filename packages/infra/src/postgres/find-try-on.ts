import type { JobStatus } from '@catwalk/core';
import { Prisma } from './generated/client.js';
import { KEPT } from './keep-plans.js';
import type { Database } from './open-database.js';
import { parseTryOnRows, selectTryOns, type TryOnRow } from './try-on-row.js';

/** Whose rows a caller sees: those of one client, or with null all (an admin). */
export type Viewer = string | null;

/** One job by its public id, if the viewer may see it. */
export function findTryOn(db: Database, viewer: Viewer, id: string): Promise<TryOnRow | null> {
  return findOne(db, viewer, Prisma.sql`t.id = ${id}`);
}

/** One job by its number, the drop-in task id, if the viewer may see it. */
export function findTryOnByNumber(db: Database, viewer: Viewer, number: bigint): Promise<TryOnRow | null> {
  return findOne(db, viewer, Prisma.sql`t.number = ${number}`);
}

async function findOne(db: Database, viewer: Viewer, condition: Prisma.Sql): Promise<TryOnRow | null> {
  const rows = await db.prisma.$queryRaw<unknown[]>(findStatement(viewer, condition));
  return parseTryOnRows(rows)[0] ?? null;
}

/** The statement behind `findTryOn`; exported for the test of its plan. */
export function findStatement(viewer: Viewer, condition: Prisma.Sql): Prisma.Sql {
  const whose = viewer === null ? Prisma.empty : Prisma.sql`AND t.client = ${viewer}`;
  return Prisma.sql`${selectTryOns(Prisma.sql`FROM catwalk.try_on t`)} WHERE ${condition} ${whose}`;
}

/** Jobs by their ids, whoever's they are; those that are gone are left out. */
export async function findTryOns(db: Database, ids: readonly string[]): Promise<Map<string, TryOnRow>> {
  if (ids.length === 0) return new Map();
  const wanted = findStatement(null, Prisma.sql`t.id = ANY (${[...ids]}::text[])`);
  // To plan it takes longer than to run it, and who delivers events reads jobs all day.
  const rows = await db.prisma.$queryRaw<unknown[]>`${KEPT}${wanted}`;
  return new Map(parseTryOnRows(rows).map((row) => [row.id, row]));
}

/** Where some jobs stand now: one small query for everyone who waits. */
export async function readStatuses(db: Database, ids: readonly string[]): Promise<Map<string, JobStatus>> {
  const rows = await db.prisma.$queryRaw<{ id: string; status: JobStatus }[]>`
    SELECT id, status FROM catwalk.try_on WHERE id = ANY (${ids}::text[])`;
  return new Map(rows.map((row) => [row.id, row.status]));
}
