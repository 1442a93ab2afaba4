import type { AccountRoom, Budget, PauseByPerson, SilentPart } from '@catwalk/core';
import { CHECK_IS_ON } from './input-checks.js';
import { EVERYTHING } from './keep-pauses.js';
import { listBudgets } from './list-budgets.js';
import { OPEN_OF_ACCOUNT, ROOM_OF_ACCOUNT } from './list-slots.js';
import type { Database } from './open-database.js';

/** What is known of the accounts, the provider and our own parts at one moment: why queued jobs wait. */
export interface AccountRooms {
  readonly accounts: readonly AccountRoom[];
  /** The pause by a person that holds for all of them. */
  readonly paused: PauseByPerson | null;
  /** Since when, and until when at least, the provider cannot be reached; null while it can. */
  readonly provider: { readonly since: Date; readonly until: Date | null } | null;
  /** The ceilings that have held jobs back, and what they leave. */
  readonly budgets: readonly Budget[];
  /** The part that was heard of before and has fallen silent, if any. */
  readonly silent: SilentPart | null;
  /** Whether input images are looked at before a slot is used. */
  readonly checksInputs: boolean;
  /** What addresses of our own pictures are made of; null while no API has told where it answers. */
  readonly links: PictureLinks | null;
  /** The database's clock. */
  readonly now: Date;
}

/** Where the API answers, and what signs the addresses it hands out: never told to anybody. */
export interface PictureLinks {
  readonly origin: string;
  readonly signingKey: string;
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
  readonly heldSince: Date | null;
  readonly heldReason: string | null;
  readonly allSince: Date | null;
  readonly allReason: string | null;
  readonly downSince: Date | null;
  readonly downUntil: Date | null;
  readonly workerUntil: Date | null;
  readonly queueUntil: Date | null;
  readonly checksInputs: boolean;
  readonly origin: string | null;
  readonly signingKey: string | null;
}

/** Reads the accounts that may be used with their free slots, and what is down. */
export async function readAccountRooms(db: Database): Promise<AccountRooms> {
  const budgets = await listBudgets(db.prisma);
  const rows = await db.prisma.$queryRaw<RoomRow[]>`
    SELECT clock_timestamp() AS now, r.*, p.down_since AS "downSince", p.down_until AS "downUntil",
      e.since AS "allSince", e.reason AS "allReason",
      (SELECT until FROM catwalk.lease WHERE name = 'worker alive') AS "workerUntil",
      (SELECT until FROM catwalk.lease WHERE name = 'queue alive') AS "queueUntil",
      (SELECT value FROM catwalk.setting WHERE key = 'api_origin') AS origin,
      (SELECT value FROM catwalk.setting WHERE key = 'signing_key') AS "signingKey",
      ${CHECK_IS_ON} AS "checksInputs"
    FROM (SELECT 1) one
    LEFT JOIN (
      SELECT a.email, ${ROOM_OF_ACCOUNT}::int AS free, n.open, a.rest_until AS "restUntil",
        a.paused_since AS "pausedSince", a.paused_until AS "pausedUntil",
        CASE WHEN a.state = 'paused' THEN coalesce(a.paused_reason, 'no reason was given') END AS "pausedReason",
        h.since AS "heldSince", h.reason AS "heldReason"
      FROM catwalk.account a LEFT JOIN catwalk.pause h ON h.scope = a.email ${OPEN_OF_ACCOUNT} WHERE a.configured
    ) r ON true
    LEFT JOIN catwalk.provider p ON p.down_since IS NOT NULL
    LEFT JOIN catwalk.pause e ON e.scope = ${EVERYTHING}
    ORDER BY r.email`;
  const [row] = rows;
  if (row === undefined) throw new Error('the accounts were read without a row');
  return {
    now: row.now,
    accounts: rows.flatMap(toRoom),
    paused: row.allSince === null ? null : { since: row.allSince, reason: row.allReason },
    provider: row.downSince === null ? null : { since: row.downSince, until: row.downUntil },
    budgets,
    silent: silentPart(row),
    checksInputs: row.checksInputs,
    links: linksOf(row),
  };
}

function linksOf({ origin, signingKey }: RoomRow): PictureLinks | null {
  return origin === null || signingKey === null ? null : { origin, signingKey };
}

function toRoom(row: RoomRow): AccountRoom[] {
  const { email, free, open, restUntil } = row;
  if (email === null) return [];
  return [{ email, free, open, restUntil, paused: pauseOf(row) }];
}

/** A person's pause is told before that of a fault: it outlasts it. */
function pauseOf(row: RoomRow): AccountRoom['paused'] {
  if (row.heldSince !== null)
    return { by: 'person', reason: row.heldReason, since: row.heldSince, until: null };
  if (row.pausedReason === null) return null;
  const since = row.pausedSince ?? new Date(0);
  return { by: 'fault', reason: row.pausedReason, since, until: row.pausedUntil };
}

/** Of workers that were never heard of nothing is said: the first one is only being started. */
function silentPart({ now, workerUntil, queueUntil }: RoomRow): SilentPart | null {
  if (workerUntil === null) return null;
  if (workerUntil <= now) return 'worker';
  return queueUntil === null || queueUntil <= now ? 'queue' : null;
}
