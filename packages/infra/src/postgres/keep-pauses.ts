import { Prisma } from './generated/client.js';
import { notifyWork } from './notify-work.js';
import type { Database, Queryable } from './open-database.js';
import { tellEvents } from './tell-events.js';

/** A pause by a person: only a person ends it. */
export interface Pause {
  readonly since: Date;
  /** Who paused: the name of a key. */
  readonly actor: string;
  readonly reason: string | null;
}

/** The scope of the pause that holds for every account, also for those that come later. */
export const EVERYTHING = '*';

/**
 * Claims share this advisory lock, and a pause of everything takes it alone: each claim is committed before the
 * pause, or begins after it and sees it.
 */
export const PAUSE_LOCK = 4_310_431_145;

/** Whether a person has paused the account `a`, or everything. */
export const PAUSED_BY_PERSON = Prisma.sql`EXISTS (
    SELECT FROM catwalk.pause h WHERE h.scope IN (a.email, ${EVERYTHING}))`;

/** The pause of everything, or null. */
export async function readPause(db: Database): Promise<Pause | null> {
  const rows = await db.prisma.$queryRaw<Pause[]>`
    SELECT since, actor, reason FROM catwalk.pause WHERE scope = ${EVERYTHING}`;
  return rows[0] ?? null;
}

/**
 * Pauses everything: when it returns, no claim commits any more until {@link resumeEverything}. What was
 * claimed before still goes out. A pause that holds already stays as it is.
 *
 * @returns whether it was not paused before
 */
export async function pauseEverything(db: Database, by: Pick<Pause, 'actor' | 'reason'>): Promise<boolean> {
  return db.prisma.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT pg_advisory_xact_lock(${PAUSE_LOCK})::text`;
    return insertPause(tx, EVERYTHING, by);
  });
}

/**
 * Ends the pause of everything; accounts that are paused stay so.
 *
 * @returns whether it was paused
 */
export async function resumeEverything(db: Database, actor: string): Promise<boolean> {
  return db.prisma.$transaction(async (tx) => {
    const ended = await deletePause(tx, EVERYTHING);
    if (ended) await tellResumed(tx, EVERYTHING, actor);
    return ended;
  });
}

/**
 * Pauses one account, as {@link pauseEverything} does all. Claims hold the account's row, so that it waits for
 * those that are under way.
 *
 * @returns whether it was not paused by a person before; null: there is no such account
 */
export async function pauseAccountByPerson(
  db: Database,
  email: string,
  by: Pick<Pause, 'actor' | 'reason'>,
): Promise<boolean | null> {
  return db.prisma.$transaction(async (tx) =>
    (await lockKnown(tx, email)) ? insertPause(tx, email, by) : null,
  );
}

/**
 * Ends a person's pause of an account and the pause by a fault: the account counts as active until a submit
 * shows otherwise.
 *
 * @returns whether either held; null: there is no such account
 */
export async function resumeAccountByPerson(
  db: Database,
  email: string,
  actor: string,
): Promise<boolean | null> {
  return db.prisma.$transaction(async (tx) => {
    if (!(await lockKnown(tx, email))) return null;
    const ended = await tx.$executeRaw`
      UPDATE catwalk.account SET state = 'active', paused_reason = NULL, paused_since = NULL, paused_until = NULL,
        failures = 0, updated_at = clock_timestamp()
      WHERE email = ${email} AND state = 'paused'`;
    const held = (await deletePause(tx, email)) || ended > 0;
    if (held) await tellResumed(tx, email, actor);
    return held;
  });
}

/** Locks the row of an account that is used, or will be again. */
async function lockKnown(tx: Queryable, email: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM catwalk.account WHERE email = ${email} AND NOT removed FOR NO KEY UPDATE`;
  return rows.length > 0;
}

async function insertPause(
  tx: Queryable,
  scope: string,
  { actor, reason }: Pick<Pause, 'actor' | 'reason'>,
): Promise<boolean> {
  const inserted = await tx.$executeRaw`
    INSERT INTO catwalk.pause (scope, since, actor, reason) VALUES (${scope}, clock_timestamp(), ${actor}, ${reason})
    ON CONFLICT (scope) DO NOTHING`;
  if (inserted > 0)
    await tellEvents(tx, [
      { type: 'account.paused', client: null, ...accountOf(scope), actor, data: { by: 'person', reason } },
    ]);
  await notifyWork(tx);
  return inserted > 0;
}

function tellResumed(tx: Queryable, scope: string, actor: string): Promise<void> {
  return tellEvents(tx, [
    { type: 'account.resumed', client: null, ...accountOf(scope), actor, data: { by: 'person' } },
  ]);
}

/** An event that names no account is of all. */
function accountOf(scope: string): { readonly account?: string } {
  return scope === EVERYTHING ? {} : { account: scope };
}

async function deletePause(tx: Queryable, scope: string): Promise<boolean> {
  const deleted = await tx.$executeRaw`DELETE FROM catwalk.pause WHERE scope = ${scope}`;
  await notifyWork(tx);
  return deleted > 0;
}
