export { type BatchSurroundings, presentBatch } from './present-batch.js';
export { presentDropInTask } from './present-drop-in-task.js';
export { type EventSurroundings, presentEvents } from './present-events.js';
export { addressToUse } from './present-images.js';
export { presentTryOn } from './present-try-on.js';
