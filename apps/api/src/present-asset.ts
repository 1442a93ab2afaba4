import type { Asset } from '@catwalk/contract';
import { assetAddress } from '@catwalk/infra/assets';
import type { AssetRow } from '@catwalk/infra/postgres';
import type { ApiConfig } from './config.js';

/** The row as its client sees it. */
export function presentAsset(asset: AssetRow, config: Pick<ApiConfig, 'mode' | 'publicWebhookUrl'>): Asset {
  const { id, client, account, contentType, bytes, width, height, sha256 } = asset;
  return {
    id,
    object: 'asset',
    livemode: config.mode === 'live',
    client,
    url: assetAddress(asset, config.publicWebhookUrl),
    account,
    contentType,
    bytes,
    width,
    height,
    sha256,
    createdAt: asset.createdAt.toISOString(),
    expiresAt: asset.expiresAt.toISOString(),
  };
}
