import { JOB_STATUSES, type JobStatus } from '@catwalk/core';
import type { Viewer } from './find-try-on.js';
import { Prisma } from './generated/client.js';
import type { Database } from './open-database.js';

/** How many of the jobs that a viewer may see stand in each status. */
export async function countByStatus(db: Database, viewer: Viewer): Promise<Record<JobStatus, number>> {
  const rows = await db.prisma.$queryRaw<{ status: JobStatus; n: number }[]>(countStatement(viewer));
  const counts = new Map(rows.map((row) => [row.status, row.n]));
  const all = JOB_STATUSES.map((status) => [status, counts.get(status) ?? 0]);
  return Object.fromEntries(all) as Record<JobStatus, number>;
}

/** The statement behind it; exported for the test of its plan. */
export function countStatement(viewer: Viewer): Prisma.Sql {
  const whose = viewer === null ? Prisma.empty : Prisma.sql`WHERE client = ${viewer}`;
  return Prisma.sql`SELECT status, count(*)::int AS n FROM catwalk.try_on ${whose} GROUP BY status`;
}
