import type { AccountRoom, SilentPart } from '@catwalk/core';
import { OPEN_OF_ACCOUNT, ROOM_OF_ACCOUNT } from './list-slots.js';
import type { Database } from './open-database.js';

/** What is known of the accounts, the provider and our own parts at one moment: why queued jobs wait. */
export interface AccountRooms {
  readonly accounts: readonly AccountRoom[];
  /** Since when, and until when at least, the provider cannot be reached; null while it can. */
  readonly provider: { readonly since: Date; readonly until: Date | null } | null;
  /** The part that was heard of before and has fallen silent, if any. */
  readonly silent: SilentPart | null;
  /** The database's clock. */
  readonly now: Date;
}

interface RoomRow {
  readonly now: Date;
  readonly email: string | null;
  readonly free: number;
  readonly open: number;
  readonly restUntil: Date | null;
  readonly pausedReason: string | null;
  readonly pausedSince: Date | null;
  readonly pausedUntil: Date | null;
  readonly downSince: Date | null;
  readonly downUntil: Date | null;
  readonly workerUntil: Date | null;
  readonly queueUntil: Date | null;
}

/** Reads the accounts that may be used with their free slots, and what is down. */
export async function readAccountRooms(db: Database): Promise<AccountRooms> {
  const rows = await db.prisma.$queryRaw<RoomRow[]>`
    SELECT clock_timestamp() AS now, r.*, p.down_since AS "downSince", p.down_until AS "downUntil",
      (SELECT until FROM catwalk.lease WHERE name = 'worker alive') AS "workerUntil",
      (SELECT until FROM catwalk.lease WHERE name = 'queue alive') AS "queueUntil"
    FROM (SELECT 1) one
    LEFT JOIN (
      SELECT a.email, ${ROOM_OF_ACCOUNT}::int AS free, n.open, a.rest_until AS "restUntil",
        a.paused_since AS "pausedSince", a.paused_until AS "pausedUntil",
        CASE WHEN a.state = 'paused' THEN coalesce(a.paused_reason, 'no reason was given') END AS "pausedReason"
      FROM catwalk.account a ${OPEN_OF_ACCOUNT} WHERE a.configured
    ) r ON true
    LEFT JOIN catwalk.provider p ON p.down_since IS NOT NULL
    ORDER BY r.email`;
  const [row] = rows;
  if (row === undefined) throw new Error('the accounts were read without a row');
  return {
    now: row.now,
    accounts: rows.flatMap(toRoom),
    provider: row.downSince === null ? null : { since: row.downSince, until: row.downUntil },
    silent: silentPart(row),
  };
}

function toRoom(row: RoomRow): AccountRoom[] {
  const { email, free, open, restUntil } = row;
  if (email === null) return [];
  const paused =
    row.pausedReason === null
      ? null
      : { reason: row.pausedReason, since: row.pausedSince ?? new Date(0), until: row.pausedUntil };
  return [{ email, free, open, restUntil, paused }];
}

/** Of workers that were never heard of nothing is said: the first one is only being started. */
function silentPart({ now, workerUntil, queueUntil }: RoomRow): SilentPart | null {
  if (workerUntil === null) return null;
  if (workerUntil <= now) return 'worker';
  return queueUntil === null || queueUntil <= now ? 'queue' : null;
}
