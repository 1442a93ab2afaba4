import { createHash } from 'node:crypto';
import { assetAddress } from '@catwalk/infra/assets';
import {
  type AccountRooms,
  type AssetRow,
  type CopiedInputs,
  chooseAssetAccount,
  findAssets,
  type InputCopyRow,
  readInputCopies,
  type UncopiedJob,
} from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';

const FIELDS = ['humanImage', 'dressInput', 'upperInput', 'lowerInput'] as const;
type Field = (typeof FIELDS)[number];

/** An address whose picture is to be copied for a client, onto an account where the provider keeps it. */
export interface CopyAddress {
  readonly key: string;
  readonly url: string;
  /** Of the address, for logs: its path may be as secret as its query. */
  readonly host: string;
  readonly client: string;
  readonly account: string | null;
  /** What was copied before does not count; null: nor does what was copied since. */
  readonly since: Date | null;
}

/** What is known of the inputs of some jobs. */
export interface SortedCopies {
  readonly released: readonly CopiedInputs[];
  readonly refused: readonly { readonly jobId: string; readonly message: string }[];
  /** Addresses that nobody asks. */
  readonly open: readonly CopyAddress[];
}

/** A copy that is used is kept on by the sweep; one that would be gone before that is made anew. */
const KEPT_FOR_MS = 2 * 86_400_000;

type Known =
  | { readonly kind: 'kept'; readonly field: Field; readonly asset: AssetRow }
  | { readonly kind: 'bad'; readonly field: Field; readonly reason: string }
  | { readonly kind: 'wanted'; readonly address: CopyAddress }
  | { readonly kind: 'under_way' };

/** @param rooms of the accounts, where copies are kept by the provider */
export async function sortOutCopies(
  { db, config }: Pick<WorkerContext, 'db' | 'config'>,
  jobs: readonly UncopiedJob[],
  rooms: AccountRooms | null,
): Promise<SortedCopies> {
  const asked = jobs.map((job) => ({ job, account: accountOf(job, rooms) }));
  const addresses = asked.map(({ job, account }) => addressesOf(job, account));
  const keys = new Set(addresses.flatMap((all) => all.map(({ address }) => address.key)));
  const rows = new Map((await readInputCopies(db, [...keys])).map((row) => [row.key, row]));
  const ids = [...rows.values()].flatMap(({ assetId }) => assetId ?? []);
  const before = jobs.flatMap(({ submitted }) => submitted?.assetIds ?? []);
  const found = await findAssets(db, [...new Set([...ids, ...before])], KEPT_FOR_MS);
  const assets = new Map(found.map((asset) => [asset.id, asset]));
  const sorted = {
    released: [] as CopiedInputs[],
    refused: [] as SortedCopies['refused'][0][],
    open: [] as CopyAddress[],
  };
  for (const [index, { job, account }] of asked.entries()) {
    const jobId = job.id;
    const { submitted } = job;
    // It was copied before it was retried, and all of that is still there.
    if (submitted?.assetIds.every((id) => assets.has(id))) {
      sorted.released.push({ jobId, account: null, inputs: submitted });
      continue;
    }
    const known = (addresses[index] ?? []).map((one) => judge(one, rows.get(one.address.key), assets));
    const bad = known.find((one) => one.kind === 'bad');
    const kept = known.filter((one) => one.kind === 'kept');
    if (bad !== undefined && job.isReceiving) continue;
    if (bad !== undefined) sorted.refused.push({ jobId, message: `${bad.field}: ${bad.reason}` });
    else if (kept.length === known.length)
      sorted.released.push({ jobId, account, inputs: inputsOf(kept, config.publicWebhookUrl) });
    else sorted.open.push(...known.flatMap((one) => (one.kind === 'wanted' ? [one.address] : [])));
  }
  return sorted;
}

/** The same for a job in each round, as long as the accounts are the same. */
function accountOf({ id, email }: UncopiedJob, rooms: AccountRooms | null): string | null {
  if (rooms === null || email !== null) return rooms === null ? null : email;
  const chance = createHash('sha256').update(id).digest().readUInt32BE(0) / 2 ** 32;
  return chooseAssetAccount(rooms, chance);
}

interface Asked {
  readonly field: Field;
  readonly address: CopyAddress;
  /** A bad result from before a person asked again does not count. */
  readonly badSince: Date;
}

function addressesOf(job: UncopiedJob, account: string | null): Asked[] {
  const { client, acceptedAt, retriedAt } = job;
  const badSince = retriedAt !== null && retriedAt > acceptedAt ? retriedAt : acceptedAt;
  return FIELDS.flatMap((field) => {
    const url = job[field];
    if (url === null) return [];
    // Addresses carry secrets: the table that remembers them holds hashes only.
    const key = createHash('sha256')
      .update(JSON.stringify([client, account, url]))
      .digest('base64url');
    return [
      { field, badSince, address: { key, url, host: new URL(url).host, client, account, since: acceptedAt } },
    ];
  });
}

function judge(
  { field, address, badSince }: Asked,
  row: InputCopyRow | undefined,
  assets: ReadonlyMap<string, AssetRow>,
): Known {
  if (row === undefined) return { kind: 'wanted', address };
  if (row.result === null) return { kind: 'under_way' };
  const { copiedAt, assetId } = row;
  const isSince = (since: Date) => copiedAt !== null && copiedAt >= since;
  if (row.result === 'bad') {
    if (!isSince(badSince)) return { kind: 'wanted', address: { ...address, since: badSince } };
    return { kind: 'bad', field, reason: row.reason ?? 'cannot be copied' };
  }
  const asset = assets.get(assetId ?? '');
  if (asset === undefined) return { kind: 'wanted', address: { ...address, since: null } };
  return isSince(address.since ?? new Date(0)) ? { kind: 'kept', field, asset } : { kind: 'wanted', address };
}

function inputsOf(
  kept: readonly Extract<Known, { kind: 'kept' }>[],
  origin: string | null,
): CopiedInputs['inputs'] {
  const addressOf = (field: Field) => {
    const asset = kept.find((one) => one.field === field)?.asset;
    return asset === undefined ? null : assetAddress(asset, origin);
  };
  return {
    humanImage: addressOf('humanImage') ?? '',
    dressInput: addressOf('dressInput'),
    upperInput: addressOf('upperInput'),
    lowerInput: addressOf('lowerInput'),
    assetIds: [...new Set(kept.map(({ asset }) => asset.id))],
  };
}
