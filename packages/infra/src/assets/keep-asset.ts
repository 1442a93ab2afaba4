import { createHash } from 'node:crypto';
import type { PictureStore } from '../pictures/index.js';
import {
  type AssetRow,
  type Database,
  insertAsset,
  type NewAsset,
  newAssetNames,
  reuseAsset,
} from '../postgres/index.js';
import { extensionOf } from './asset-address.js';
import { preparePicture, type ReadyPicture } from './prepare-picture.js';

/** What came of handing a picture on to the provider. */
export type UploadedAsset =
  | { readonly kind: 'stored'; readonly url: string }
  /** It is no picture, or none that the provider takes: why, as a clause. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** It may take it later. */
  | { readonly kind: 'unavailable'; readonly reason: string };

/** Where assets lie: with us, where the provider reaches the webhook app, or with the provider on one of its accounts. */
export type AssetHome =
  | { readonly kind: 'own'; readonly store: PictureStore; readonly origin: string }
  | {
      readonly kind: 'provider';
      upload(email: string, picture: Pick<ReadyPicture, 'bytes' | 'contentType'>): Promise<UploadedAsset>;
    };

export type KeptAsset =
  /** `isNew`: the bytes were not known. */
  | { readonly kind: 'kept'; readonly asset: AssetRow; readonly isNew: boolean }
  | Exclude<UploadedAsset, { kind: 'stored' }>;

export interface AssetKeeper {
  readonly home: AssetHome['kind'];
  /**
   * Keeps a picture for a client; the same bytes are the same asset.
   *
   * @param account of the provider that it is for; null: any that may be used now, or none where it lies with us
   */
  keep(client: string, bytes: Buffer, account: string | null): Promise<KeptAsset>;
}

/** Pictures that are unpacked and packed again at a time: each takes memory for all of its pixels. */
const AT_ONCE_MAX = 2;

/**
 * @param chooseAccount whose slots may be used, for a picture that goes to the provider; null: none is known
 */
export function createAssetKeeper(
  db: Database,
  home: AssetHome,
  chooseAccount: () => Promise<string | null>,
): AssetKeeper {
  const prepare = inTurn(AT_ONCE_MAX, preparePicture);
  const keep = async (client: string, bytes: Buffer, account: string | null): Promise<KeptAsset> => {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const place = home.kind === 'own' ? null : (account ?? 'any');
    const known = await reuseAsset(db, { client, sha256, account: place });
    if (known !== null && (await isThere(home, known))) return { kind: 'kept', asset: known, isNew: false };
    const picture = await prepare(bytes);
    if (picture.kind === 'refused') return { kind: 'refused', reason: `the picture ${picture.reason}` };
    if (known !== null) {
      await putAgain(home, known, picture);
      return { kind: 'kept', asset: known, isNew: false };
    }
    const email = home.kind === 'own' ? null : (account ?? (await chooseAccount()));
    if (home.kind === 'provider' && email === null)
      return { kind: 'unavailable', reason: 'no account of the provider is configured yet' };
    return store(db, home, { ...newFacts(client, sha256, picture), account: email }, picture);
  };
  return { home: home.kind, keep };
}

/** The store may have been emptied, or restored from before. */
async function isThere(home: AssetHome, { key }: AssetRow): Promise<boolean> {
  if (home.kind === 'provider' || key === null) return true;
  const found = await home.store.open(key, { start: 0, end: 0 });
  found?.stream.destroy();
  return found !== null;
}

async function putAgain(home: AssetHome, { key }: AssetRow, picture: ReadyPicture): Promise<void> {
  if (home.kind === 'own' && key !== null) await home.store.put(key, picture.bytes, picture.contentType);
}

type Facts = Omit<NewAsset, 'key' | 'token' | 'providerUrl'>;

function newFacts(client: string, sha256: string, { bytes, contentType, width, height }: ReadyPicture) {
  const fileName = `${sha256.slice(0, 16)}.${extensionOf(contentType)}`;
  return { client, sha256, contentType, bytes: bytes.length, width, height, fileName };
}

async function store(
  db: Database,
  home: AssetHome,
  facts: Omit<Facts, 'id'>,
  picture: ReadyPicture,
): Promise<KeptAsset> {
  const { id, token } = newAssetNames();
  if (home.kind === 'provider') {
    const uploaded = await home.upload(facts.account ?? '', picture);
    if (uploaded.kind === 'refused')
      return { kind: 'refused', reason: `the provider does not take the picture: it ${uploaded.reason}` };
    if (uploaded.kind === 'unavailable') return uploaded;
    const asset = await insertAsset(db, { ...facts, id, key: null, token: null, providerUrl: uploaded.url });
    return { kind: 'kept', asset, isNew: asset.id === id };
  }
  // Each has a name of its own, so that nothing on the way to the provider can show it an older picture.
  const key = `assets/${id}.${extensionOf(picture.contentType)}`;
  await home.store.put(key, picture.bytes, picture.contentType);
  const asset = await insertAsset(db, { ...facts, id, key, token, providerUrl: null });
  if (asset.id !== id) await home.store.remove([key]);
  return { kind: 'kept', asset, isNew: asset.id === id };
}

/** So many at a time, the others after them in their order. */
function inTurn<In, Out>(atOnceMax: number, act: (given: In) => Promise<Out>): (given: In) => Promise<Out> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (given) => {
    if (running < atOnceMax) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await act(given);
    } finally {
      // A turn is handed on, or given back.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
