import {
  ASSET_MEDIA_TYPES,
  type Asset,
  assetFormSchema,
  assetQuerySchema,
  assetSchema,
  dropInAssetSchema,
} from '../asset.js';
import type { Operation, RequestBody } from '../openapi/operation.js';
import { assetId } from '../openapi/parameters.js';

const access = 'key';

const exampleAsset: Asset = {
  id: 'ast_01a20447a94f74fb841c3d97b548199d',
  object: 'asset',
  livemode: false,
  client: 'default',
  url: 'http://127.0.0.1:4311/assets/Qm9-xV2kq4r1uJ8w0dTz3YpLh7sNcE6bAfGi5oKtWnM.jpg',
  account: null,
  contentType: 'image/jpeg',
  bytes: 284_113,
  width: 1_200,
  height: 1_600,
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  createdAt: '2026-12-01T10:00:00.000Z',
  expiresAt: '2026-12-31T10:00:00.000Z',
};
const asset = { name: 'Asset', schema: assetSchema, example: exampleAsset };

const body: RequestBody = {
  name: 'AssetForm',
  schema: assetFormSchema,
  required: true,
  types: ['multipart/form-data'],
  examples: {},
  files: ASSET_MEDIA_TYPES,
};
const UPLOAD_REFUSALS = ['invalid_request', 'body_too_large', 'unsupported_media_type'] as const;

/** The routes of pictures that a client sends. */
export const assetOperations: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/assets',
    id: 'createAsset',
    tag: 'Assets',
    access,
    summary: 'Send a picture of your own',
    description:
      'PNG, JPEG or WebP, at most 10 MB, each side at least 300 pixels; turned upright, without its metadata. The same bytes are the same asset, which is kept on.',
    query: assetQuerySchema,
    body,
    answers: {
      200: { description: 'It was known.', ...asset, headers: ['Idempotent-Replayed'] },
      201: { description: 'It is kept.', ...asset, headers: ['Location'] },
    },
    refusals: [...UPLOAD_REFUSALS, 'unavailable'],
  },
  {
    method: 'get',
    path: '/v1/assets/{id}',
    id: 'getAsset',
    tag: 'Assets',
    access,
    summary: 'Read an asset',
    parameters: [assetId],
    answers: { 200: { description: 'As it is now.', ...asset } },
    refusals: ['invalid_request', 'asset_not_found'],
  },
  {
    method: 'post',
    path: '/v1/kling/assets',
    id: 'uploadDropInAsset',
    tag: 'Drop-in',
    access,
    refusedIn: 'provider',
    summary: 'Send a picture as to the provider',
    description: 'The body is the file itself; WebP is taken too.',
    query: assetQuerySchema,
    body,
    answers: {
      200: {
        description: 'It is kept.',
        name: 'DropInAsset',
        schema: dropInAssetSchema,
        example: { status: 3, url: exampleAsset.url, message: '', fileName: '9f86d081884c7d65.jpg' },
      },
    },
    refusals: [...UPLOAD_REFUSALS, 'unavailable'],
  },
];
