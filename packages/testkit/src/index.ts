export { canary, findCanaries } from './canary.js';
export {
  createDatabase,
  databaseForFile,
  type TestDatabase,
} from './create-database.js';
export { drawNoise, drawPicture, type PictureWanted } from './draw-picture.js';
export { eventually } from './eventually.js';
export { expectNoConnections } from './expect-no-connections.js';
export { makePictureBomb } from './make-picture-bomb.js';
export { describeInBrowser } from './open-browser.js';
export { openWire, type Wire } from './open-wire.js';
export { describeOnEachBackend, type QueueBackend, queueBackends } from './queue-backends.js';
export { redisForTests, redisPrefix } from './redis-for-tests.js';
export { databaseUrl, runSql } from './run-sql.js';
export { type SeededBatch, seedBatch } from './seed-batch.js';
export { endInBatch, seedBatchRows, seedInvalidLines } from './seed-batch-rows.js';
export { seedEndpoint } from './seed-endpoint.js';
export { anna, newTryOn, seedAccounts, seedTryOns } from './seed-try-ons.js';
export { claimSettings, startAttempts } from './start-attempts.js';
export { type ImageServer, pngOf, sendImage, startImageServer } from './start-image-server.js';
export { oldPostgres, startOldPostgres } from './start-old-postgres.js';
export { type Received, type Receiver, startReceiver } from './start-receiver.js';
export { type S3Server, startS3Server } from './start-s3-server.js';
