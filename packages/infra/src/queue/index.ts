export { checkQueue } from './check-queue.js';
export { type Carrier, openCarrier } from './open-carrier.js';
export { type Lanes, type LanesOptions, openLanes, type PulledJob } from './open-lanes.js';
export { laneConnections } from './postgres-backend.js';
export { nameQueueOutage, QueueError } from './queue-error.js';
