import { type AssetHome, type AssetKeeper, createAssetKeeper } from '@catwalk/infra/assets';
import type { PictureStore } from '@catwalk/infra/pictures';
import { chooseAssetAccount, type Database, readAccountRooms } from '@catwalk/infra/postgres';
import { createProviderClient } from '@catwalk/provider';
import type { ApiConfig } from './config.js';

/** Where assets go: with us, where the provider reaches us, else with the provider; null: nobody would reach them. */
export function openAssets(config: ApiConfig, database: Database, store: PictureStore): AssetKeeper | null {
  const choose = async () => chooseAssetAccount(await readAccountRooms(database), Math.random());
  const open = (home: AssetHome) => createAssetKeeper(database, home, choose);
  const { publicWebhookUrl: origin, provider } = config;
  if (origin !== null) return open({ kind: 'own', store, origin });
  if (provider === null) return null;
  // It submits nothing.
  const client = createProviderClient({ ...provider, submitTimeoutMs: 0 });
  return open({ kind: 'provider', upload: client.uploadAsset });
}
