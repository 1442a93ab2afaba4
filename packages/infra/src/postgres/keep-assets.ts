import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { Prisma } from './generated/client.js';
import { makeId } from './make-id.js';
import type { Database } from './open-database.js';

/** A picture that is kept to be an input of a client's jobs. */
export interface AssetRow {
  readonly id: string;
  readonly client: string;
  /** Of the bytes as they came, in hexadecimal digits. */
  readonly sha256: string;
  /** The provider's account it lies on; null: it lies with us. */
  readonly account: string | null;
  readonly contentType: 'image/png' | 'image/jpeg';
  /** Of what is kept, which is not always what came. */
  readonly bytes: number;
  readonly width: number;
  readonly height: number;
  readonly fileName: string;
  /** Of one that lies with us: its place in the store, and the secret part of its address. */
  readonly key: string | null;
  readonly token: string | null;
  readonly providerUrl: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export type NewAsset = Omit<AssetRow, 'createdAt' | 'expiresAt'>;

/** How long an asset is kept since it was last given: longer than any queue should be. 30 days. */
export const ASSET_KEPT_MS = 30 * 86_400_000;

const assetRow: z.ZodType<AssetRow> = z.object({
  id: z.string(),
  client: z.string(),
  sha256: z.string(),
  account: z.string().nullable(),
  contentType: z.enum(['image/png', 'image/jpeg']),
  bytes: z.number(),
  width: z.number(),
  height: z.number(),
  fileName: z.string(),
  key: z.string().nullable(),
  token: z.string().nullable(),
  providerUrl: z.string().nullable(),
  createdAt: z.date(),
  expiresAt: z.date(),
});

const COLUMNS = Prisma.sql`a.id, a.client, a.sha256, nullif(a.account, '') AS account,
  a.content_type AS "contentType", a.bytes, a.width, a.height, a.file_name AS "fileName", a.key, a.token,
  a.provider_url AS "providerUrl", a.created_at AS "createdAt", a.expires_at AS "expiresAt"`;

const KEPT_UNTIL = Prisma.sql`date_trunc('milliseconds', clock_timestamp()) + ${ASSET_KEPT_MS} * interval '1 millisecond'`;

/** The id, and the last part of the address, of a new asset: 256 random bits, which nobody guesses. */
export function newAssetNames(): { readonly id: string; readonly token: string } {
  return { id: makeId('ast'), token: randomBytes(32).toString('base64url') };
}

/** What the bytes of an asset are known by. */
export interface AssetBytes {
  readonly client: string;
  readonly sha256: string;
  /** Null: with us. `any`: on whichever account of the provider. */
  readonly account: string | null | 'any';
}

/** An asset of the same bytes, which is kept for as long again; null: there is none. */
export async function reuseAsset(
  db: Database,
  { client, sha256, account }: AssetBytes,
): Promise<AssetRow | null> {
  const place =
    account === 'any'
      ? Prisma.sql`a.account IN (SELECT email FROM catwalk.account WHERE configured)`
      : Prisma.sql`a.account = ${account ?? ''}`;
  const rows = await db.prisma.$queryRaw<unknown[]>`
    UPDATE catwalk.asset a SET expires_at = greatest(a.expires_at, ${KEPT_UNTIL})
    WHERE a.id = (SELECT a.id FROM catwalk.asset a WHERE a.client = ${client} AND a.sha256 = ${sha256} AND ${place}
        AND a.removed_at IS NULL AND a.expires_at > clock_timestamp() ORDER BY a.id LIMIT 1 FOR NO KEY UPDATE)
    RETURNING ${COLUMNS}`;
  return rows[0] === undefined ? null : assetRow.parse(rows[0]);
}

/** Stores an asset; one of the same bytes that somebody else stored meanwhile is returned instead. */
export async function insertAsset(db: Database, asset: NewAsset): Promise<AssetRow> {
  const rows = await db.prisma.$queryRaw<unknown[]>`
    INSERT INTO catwalk.asset AS a (id, client, sha256, account, content_type, bytes, width, height, file_name, key,
      token, provider_url, created_at, expires_at)
    VALUES (${asset.id}, ${asset.client}, ${asset.sha256}, ${asset.account ?? ''}, ${asset.contentType},
      ${asset.bytes}, ${asset.width}, ${asset.height}, ${asset.fileName}, ${asset.key}, ${asset.token},
      ${asset.providerUrl}, date_trunc('milliseconds', clock_timestamp()), ${KEPT_UNTIL})
    ON CONFLICT (client, sha256, account) WHERE removed_at IS NULL DO UPDATE SET expires_at = ${KEPT_UNTIL},
      provider_url = coalesce(excluded.provider_url, a.provider_url)
    RETURNING ${COLUMNS}`;
  return assetRow.parse(rows[0]);
}

/** @param client whose it must be; null: anybody's */
export async function findAsset(db: Database, client: string | null, id: string): Promise<AssetRow | null> {
  const rows = await db.prisma.$queryRaw<unknown[]>`
    SELECT ${COLUMNS} FROM catwalk.asset a
    WHERE a.id = ${id} AND (${client}::text IS NULL OR a.client = ${client})
      AND a.removed_at IS NULL AND a.expires_at > clock_timestamp()`;
  return rows[0] === undefined ? null : assetRow.parse(rows[0]);
}

/** The asset behind an address of ours. */
export async function findAssetByToken(db: Database, token: string): Promise<AssetRow | null> {
  const rows = await db.prisma.$queryRaw<unknown[]>`
    SELECT ${COLUMNS} FROM catwalk.asset a
    WHERE a.token = ${token} AND a.removed_at IS NULL AND a.expires_at > clock_timestamp()`;
  return rows[0] === undefined ? null : assetRow.parse(rows[0]);
}

/** Those of these ids that are kept, for at least `forMs` from now. */
export async function findAssets(db: Database, ids: readonly string[], forMs: number): Promise<AssetRow[]> {
  const rows = await db.prisma.$queryRaw<unknown[]>`
    SELECT ${COLUMNS} FROM catwalk.asset a WHERE a.id = ANY(${ids}::text[]) AND a.removed_at IS NULL
      AND a.expires_at > clock_timestamp() + ${forMs} * interval '1 millisecond'`;
  return rows.map((row) => assetRow.parse(row));
}

/** On which accounts of the provider these addresses lie; those that are no assets there are left out. */
export async function findAssetAccounts(
  db: Database,
  urls: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await db.prisma.$queryRaw<{ url: string; account: string }[]>`
    SELECT provider_url AS url, account FROM catwalk.asset
    WHERE provider_url = ANY(${urls}::text[]) AND provider_url IS NOT NULL AND removed_at IS NULL`;
  return new Map(rows.map(({ url, account }) => [url, account]));
}

/** The newest assets of a client, as their addresses at the provider with their accounts. */
export async function listAssetAccounts(
  db: Database,
  client: string,
  limit: number,
): Promise<ReadonlyMap<string, string>> {
  const rows = await db.prisma.$queryRaw<{ url: string; account: string }[]>`
    SELECT provider_url AS url, account FROM catwalk.asset
    WHERE client = ${client} AND provider_url IS NOT NULL AND removed_at IS NULL ORDER BY id DESC LIMIT ${limit}`;
  return new Map(rows.map(({ url, account }) => [url, account]));
}

/** Whether the provider keeps any asset for us. */
export async function hasProviderAssets(db: Database): Promise<boolean> {
  const rows = await db.prisma.$queryRaw<{ any: boolean }[]>`
    SELECT EXISTS (SELECT FROM catwalk.asset WHERE provider_url IS NOT NULL AND removed_at IS NULL) AS any`;
  return rows[0]?.any === true;
}
