export { type InspectedPicture, inspectPicture, PIXELS_MAX } from './inspect-picture.js';
export { loadSharp } from './load-sharp.js';
export { openPictureStore, type PictureStore } from './open-picture-store.js';
export { shrinkPicture } from './shrink-picture.js';
export { type PictureType, sniffPicture } from './sniff-picture.js';
