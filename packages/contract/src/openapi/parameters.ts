import type { Parameter } from './operation.js';

/** Parameters that several routes take. */
export const tryOnId: Parameter = {
  name: 'id',
  in: 'path',
  description: 'The id of a try-on.',
  schema: { type: 'string' },
  example: 'try_01a20447a94f74fb841c3d97b548199d',
};

export const imagePosition: Parameter = {
  name: 'n',
  in: 'path',
  description: 'Which of its images, from 0.',
  schema: { type: 'integer', minimum: 0 },
  example: 0,
};

export const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Belongs to you and this endpoint, and lives as long as what it made. The same key with the same body answers with what was made; with another body it is refused.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

export const prefer: Parameter = {
  name: 'Prefer',
  in: 'header',
  description:
    '`wait=30` (1 to 60 seconds) answers when the try-on is final, or as it stands after that time.',
  schema: { type: 'string' },
};

export const batchId: Parameter = {
  name: 'id',
  in: 'path',
  description: 'The id of a batch.',
  schema: { type: 'string' },
  example: 'bat_01a20447a94f74fb841c3d97b548199d',
};

export const assetId: Parameter = {
  name: 'id',
  in: 'path',
  description: 'The id of an asset.',
  schema: { type: 'string' },
  example: 'ast_01a20447a94f74fb841c3d97b548199d',
};
