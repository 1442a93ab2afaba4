import type { AccountRoom } from '@catwalk/core';
import type { Database } from './open-database.js';

/** What is known of the accounts and the provider at one moment: why queued jobs wait. */
export interface AccountRooms {
  readonly accounts: readonly AccountRoom[];
  /** Since when, and until when at least, the provider cannot be reached; null while it can. */
  readonly provider: { readonly since: Date; readonly until: Date | null } | null;
  /** The database's clock. */
  readonly now: Date;
}

interface RoomRow {
  readonly now: Date;
  readonly email: string | null;
  readonly free: number;
  readonly pausedReason: string | null;
  readonly pausedSince: Date | null;
  readonly pausedUntil: Date | null;
  readonly downSince: Date | null;
  readonly downUntil: Date | null;
}

/** Reads the configured accounts with their free slots, and whether the provider is reachable. */
export async function readAccountRooms(db: Database): Promise<AccountRooms> {
  const rows = await db.prisma.$queryRaw<RoomRow[]>`
    SELECT clock_timestamp() AS now, a.email, p.down_since AS "downSince", p.down_until AS "downUntil",
      a.paused_since AS "pausedSince", a.paused_until AS "pausedUntil",
      CASE WHEN a.state = 'paused' THEN coalesce(a.paused_reason, 'no reason was given') END AS "pausedReason",
      CASE WHEN a.rest_until > clock_timestamp() THEN 0 ELSE a.max_jobs - a.foreign_open
        - CASE WHEN a.shrunk_until > clock_timestamp() THEN a.shrunk_by ELSE 0 END
        - (SELECT count(*)::int FROM catwalk.attempt o
           WHERE o.account = a.email AND o.state = ANY (ARRAY['sending', 'accepted', 'unknown'])) END AS free
    FROM (SELECT 1) one
    LEFT JOIN catwalk.account a ON a.configured
    LEFT JOIN catwalk.provider p ON p.down_since IS NOT NULL
    ORDER BY a.email`;
  const down = rows.find((row) => row.downSince !== null);
  const now = rows[0]?.now;
  if (now === undefined) throw new Error('the accounts were read without a row');
  return {
    now,
    accounts: rows.flatMap(toRoom),
    provider: down?.downSince ? { since: down.downSince, until: down.downUntil } : null,
  };
}

function toRoom(row: RoomRow): AccountRoom[] {
  if (row.email === null) return [];
  const paused =
    row.pausedReason === null
      ? null
      : { reason: row.pausedReason, since: row.pausedSince ?? new Date(0), until: row.pausedUntil };
  return [{ email: row.email, free: row.free, paused }];
}
