import { type Database, insertTryOns, keepAccounts, makeId, type NewTryOn } from '@catwalk/infra/postgres';

/** The account that seeded jobs run on unless told otherwise. */
export const anna = 'anna@example.com';

/** A job as the API would store it; what matters to a test is told by it. */
export function newTryOn(more: Partial<NewTryOn> = {}): NewTryOn {
  const id = makeId('try');
  return {
    id,
    client: 'shop',
    origin: 'api',
    idempotency: null,
    fingerprint: id,
    customId: null,
    metadata: {},
    humanImage: `https://pictures.example/person-${id}.jpg`,
    dressInput: 'https://pictures.example/dress.jpg',
    upperInput: null,
    lowerInput: null,
    imageCount: 1,
    email: null,
    maxJobs: null,
    copyInputs: false,
    replyUrl: null,
    replyRef: null,
    priority: 1,
    expiresAt: null,
    ...more,
  };
}

/** Stores so many queued jobs and returns their ids, in the order of their creation. */
export async function seedTryOns(
  db: Database,
  count: number,
  more: Partial<NewTryOn> = {},
): Promise<string[]> {
  const rows = Array.from({ length: count }, () => newTryOn(more));
  const inserted = await insertTryOns(db, rows);
  const refused = inserted.filter((row) => row.kind !== 'inserted');
  if (refused.length > 0) throw new Error(`${refused.length} jobs were not stored`);
  return rows.map((row) => row.id);
}

/** Makes these, and no others, the configured accounts: `seedAccounts(db, { 'anna@example.com': 5 })`. */
export async function seedAccounts(db: Database, limits: Readonly<Record<string, number>>): Promise<void> {
  await keepAccounts(db, new Map(Object.entries(limits)));
}
