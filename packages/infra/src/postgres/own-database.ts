import { randomBytes, randomUUID } from 'node:crypto';
import { DatabaseRefusedError } from './migrate.js';
import type { Database } from './open-database.js';

export type Mode = 'sandbox' | 'live';

/**
 * Binds the database to the mode that first uses it, for good.
 *
 * @returns the installation's id: a prefix for everything it keeps elsewhere, so that two never mix; and the key that
 *   signs the addresses it hands out, which is made here once and is never told
 * @throws DatabaseRefusedError when the database belongs to the other mode
 */
export async function ownDatabase(
  db: Database,
  mode: Mode,
): Promise<{ installId: string; signingKey: string }> {
  const signingKey = randomBytes(32).toString('base64url');
  await db.prisma.$executeRaw`
    INSERT INTO catwalk.setting (key, value) VALUES ('mode', ${mode}), ('install_id', ${randomUUID()}),
      ('signing_key', ${signingKey})
    ON CONFLICT (key) DO NOTHING`;
  const rows = await db.prisma.$queryRaw<
    { key: string; value: string }[]
  >`SELECT key, value FROM catwalk.setting`;
  const settings = new Map(rows.map((row) => [row.key, row.value]));
  const owner = settings.get('mode');
  if (owner !== mode)
    throw new DatabaseRefusedError(`this database holds ${owner} jobs; ${mode} needs its own (DATABASE_URL)`);
  return { installId: settings.get('install_id') ?? '', signingKey: settings.get('signing_key') ?? '' };
}

/** Writes where the API answers, for the links that others hand out. */
export async function keepApiOrigin(db: Database, origin: string): Promise<void> {
  await db.prisma.$executeRaw`
    INSERT INTO catwalk.setting (key, value) VALUES ('api_origin', ${origin})
    ON CONFLICT (key) DO UPDATE SET value = excluded.value`;
}
