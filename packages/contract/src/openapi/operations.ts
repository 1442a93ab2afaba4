import { accountOperations } from '../routes/accounts.js';
import { assetOperations } from '../routes/assets.js';
import { batchOperations } from '../routes/batches.js';
import { documentOperations } from '../routes/documents.js';
import { dropInOperations } from '../routes/drop-in.js';
import { eventOperations } from '../routes/events.js';
import { statusOperations } from '../routes/status.js';
import { tryOnOperations } from '../routes/try-ons.js';
import { webhookOperations } from '../routes/webhooks.js';
import type { Operation } from './operation.js';

/** Every route of the API. */
export const OPERATIONS: readonly Operation[] = [
  ...tryOnOperations,
  ...batchOperations,
  ...eventOperations,
  ...assetOperations,
  ...dropInOperations,
  ...webhookOperations,
  ...accountOperations,
  ...statusOperations,
  ...documentOperations,
];
