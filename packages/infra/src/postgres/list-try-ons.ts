import type { JobStatus } from '@catwalk/core';
import type { Viewer } from './find-try-on.js';
import { Prisma } from './generated/client.js';
import type { Database } from './open-database.js';
import { parseTryOnRows, selectTryOns, type TryOnRow } from './try-on-row.js';

export interface TryOnFilter {
  readonly statuses: readonly JobStatus[] | null;
  readonly batchId: string | null;
  readonly customId: string | null;
  readonly replyRef: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** Inclusive. */
  readonly createdAfter: Date | null;
  /** Exclusive. */
  readonly createdBefore: Date | null;
  readonly order: 'asc' | 'desc';
}

interface TryOnPageAt {
  readonly afterId: string | null;
  /** Ids from here on are left out, in either order. */
  readonly beforeId?: string | null;
  readonly limit: number;
}

export interface TryOnPage {
  readonly rows: readonly TryOnRow[];
  /** The id to go on after; null on the last page. */
  readonly nextAfterId: string | null;
}

/**
 * A page of jobs in the order of their ids, which is that of their creation. Pages are cut by id alone, so
 * that no row is repeated or left out while others arrive.
 */
export async function listTryOns(
  db: Database,
  viewer: Viewer,
  filter: TryOnFilter,
  page: TryOnPageAt,
): Promise<TryOnPage> {
  const rows = await db.prisma.$queryRaw<unknown[]>(listStatement(viewer, filter, page));
  const parsed = parseTryOnRows(rows);
  const shown = parsed.slice(0, page.limit);
  return { rows: shown, nextAfterId: parsed.length > page.limit ? (shown.at(-1)?.id ?? null) : null };
}

/** The statement behind `listTryOns`; exported for the test of its plan. */
export function listStatement(viewer: Viewer, filter: TryOnFilter, page: TryOnPageAt): Prisma.Sql {
  const conditions = conditionsOf(viewer, filter, page);
  const where =
    conditions.length === 0 ? Prisma.empty : Prisma.sql`WHERE ${Prisma.join(conditions, ' AND ')}`;
  const order = filter.order === 'asc' ? Prisma.sql`ASC` : Prisma.sql`DESC`;
  const source = Prisma.sql`
    FROM (SELECT * FROM catwalk.try_on ${where} ORDER BY id ${order} LIMIT ${page.limit + 1}) t`;
  return Prisma.sql`${selectTryOns(source)} ORDER BY t.id ${order}`;
}

function conditionsOf(viewer: Viewer, filter: TryOnFilter, page: TryOnPageAt): Prisma.Sql[] {
  const { statuses, batchId, customId, replyRef, metadata, createdAfter, createdBefore } = filter;
  const pairs = Object.keys(metadata).length > 0 ? JSON.stringify(metadata) : null;
  return [
    when(viewer, (client) => Prisma.sql`client = ${client}`),
    when(statuses, (list) => Prisma.sql`status = ANY (${[...list]}::text[])`),
    when(batchId, (id) => Prisma.sql`batch_id = ${id}`),
    when(customId, (id) => Prisma.sql`custom_id = ${id}`),
    when(replyRef, (ref) => Prisma.sql`reply_ref = ${ref}`),
    when(pairs, (json) => Prisma.sql`metadata @> ${json}::jsonb`),
    when(createdAfter, (at) => Prisma.sql`created_at >= ${at.toISOString()}::timestamptz`),
    when(createdBefore, (at) => Prisma.sql`created_at < ${at.toISOString()}::timestamptz`),
    when(page.beforeId ?? null, (id) => Prisma.sql`id < ${id}`),
    when(page.afterId, (id) => (filter.order === 'asc' ? Prisma.sql`id > ${id}` : Prisma.sql`id < ${id}`)),
  ].flat();
}

function when<T>(value: T | null, condition: (value: T) => Prisma.Sql): Prisma.Sql[] {
  return value === null ? [] : [condition(value)];
}
