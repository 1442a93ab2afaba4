import { z } from 'zod';
import { text } from './text.js';

/** What an asset may be sent as. */
export const ASSET_MEDIA_TYPES = ['image/png', 'image/jpeg', 'image/webp'] as const;
/** Of the picture as it is sent: 10 MB. */
export const ASSET_BYTES_MAX = 10 * 1_048_576;

const time = z.iso.datetime();

/** A picture of your own, as an address for `humanImage` and the like. New fields may be added. */
export const assetSchema = z.object({
  id: z.string().describe('`ast_` and 32 hexadecimal digits.'),
  object: z.literal('asset'),
  livemode: z.boolean(),
  client: z.string(),
  url: z.string().describe('For `humanImage`, `dressInput` and so on. Who has it sees the picture.'),
  account: z
    .string()
    .nullable()
    .describe('The provider account that keeps it: try-ons with it run there. Null: Catwalk keeps it.'),
  contentType: z.enum(['image/png', 'image/jpeg']).describe('Of what is kept; WebP becomes one of these.'),
  bytes: z.number().int().describe('Of what is kept.'),
  width: z.number().int(),
  height: z.number().int(),
  sha256: z.string().describe('Of the bytes as they were sent; the same bytes are the same asset.'),
  createdAt: time,
  expiresAt: time.describe('Sent once more, or used by a try-on that is open, it is kept longer.'),
});
export type Asset = z.output<typeof assetSchema>;

/** A form with the picture as its one file. */
export const assetFormSchema = z.object({
  file: z.string().meta({ contentMediaType: 'application/octet-stream', description: 'The picture.' }),
});

/** The query of `POST /v1/assets` and of the provider's own upload. */
export const assetQuerySchema = z.strictObject({
  email: text({ least: 1, most: 320 })
    .optional()
    .describe('The account to keep it, where the provider keeps it; any if absent.'),
});

/** The provider's own answer to an upload. */
export const dropInAssetSchema = z.object({
  status: z.number(),
  url: z.string(),
  message: z.string(),
  fileName: z.string(),
});
export type DropInAsset = z.output<typeof dropInAssetSchema>;
