const TRY_ON_ID = /^try_[0-9a-f]{32}$/;

/** The id of a try-on, or null: what cannot be an id is not worth a query. */
export function parseTryOnId(text: string): string | null {
  return TRY_ON_ID.test(text) ? text : null;
}

const ASSET_ID = /^ast_[0-9a-f]{32}$/;

/** The id of an asset, or null. */
export function parseAssetId(text: string): string | null {
  return ASSET_ID.test(text) ? text : null;
}

const BATCH_ID = /^bat_[0-9a-f]{32}$/;

/** The id of a batch, or null. */
export function parseBatchId(text: string): string | null {
  return BATCH_ID.test(text) ? text : null;
}

const WEBHOOK_ENDPOINT_ID = /^whe_[0-9a-f]{32}$/;

/** The id of a webhook endpoint, or null. */
export function parseWebhookEndpointId(text: string): string | null {
  return WEBHOOK_ENDPOINT_ID.test(text) ? text : null;
}

const DELIVERY_ID = /^del_[0-9a-f]{32}$/;

/** The id of a delivery, or null. */
export function parseDeliveryId(text: string): string | null {
  return DELIVERY_ID.test(text) ? text : null;
}
