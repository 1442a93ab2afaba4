export { createDatabaseIfMissing } from './ask-server.js';
export { EmbeddedPostgresError } from './embedded-postgres-error.js';
export { findEmbeddedPostgres } from './find-embedded-postgres.js';
export { makeFolder } from './make-folder.js';
export { privateFolderMode } from './prepare-folder.js';
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './start-embedded-postgres.js';
