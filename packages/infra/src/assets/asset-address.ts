import type { AssetRow } from '../postgres/index.js';

/** Nothing that is shorter or longer is worth a query. */
const NAME = /^([A-Za-z0-9_-]{43})\.(?:png|jpg)$/;

/**
 * Where the provider finds an asset. An address of ours is a secret: who has it sees the picture.
 *
 * @param origin the webhook app's public origin; a path prefix is allowed. Null: there is none any more
 */
export function assetAddress(
  asset: Pick<AssetRow, 'token' | 'providerUrl' | 'contentType'>,
  origin: string | null,
): string {
  if (asset.providerUrl !== null) return asset.providerUrl;
  return `${(origin ?? '').replace(/\/+$/, '')}/assets/${asset.token}.${extensionOf(asset.contentType)}`;
}

export function extensionOf(contentType: AssetRow['contentType']): string {
  return contentType === 'image/png' ? 'png' : 'jpg';
}

/** The secret in the last part of an address of ours; null: it cannot be one. */
export function parseAssetName(name: string): string | null {
  return NAME.exec(name)?.[1] ?? null;
}
