import { type AssetHome, type AssetKeeper, createAssetKeeper } from '@catwalk/infra/assets';
import { openPictureStore } from '@catwalk/infra/pictures';
import { chooseAssetAccount, type Database, readAccountRooms } from '@catwalk/infra/postgres';
import { createProviderClient } from '@catwalk/provider';
import type { ApiConfig } from './config.js';

/** Where assets go; null: nobody would reach them. */
export interface OpenAssets {
  readonly keeper: AssetKeeper | null;
  close(): Promise<void>;
}

/** With us, where the provider reaches us; else with the provider. Nothing is asked or written before it is needed. */
export function openAssets(config: ApiConfig, database: Database): OpenAssets {
  const choose = async () => chooseAssetAccount(await readAccountRooms(database), Math.random());
  const open = (home: AssetHome) => createAssetKeeper(database, home, choose);
  const { publicWebhookUrl: origin, provider } = config;
  if (origin !== null) {
    const store = openPictureStore(config.pictures);
    return { keeper: open({ kind: 'own', store, origin }), close: () => store.close() };
  }
  const close = async () => undefined;
  if (provider === null) return { keeper: null, close };
  // It submits nothing.
  const client = createProviderClient({ ...provider, submitTimeoutMs: 0 });
  return { keeper: open({ kind: 'provider', upload: client.uploadAsset }), close };
}
