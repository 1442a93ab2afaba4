export { type Carrier, openCarrier } from './open-carrier.js';
export { type Lanes, type LanesOptions, openLanes, type PulledJob } from './open-lanes.js';
export { within } from './within.js';
