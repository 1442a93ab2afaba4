import type { Dials } from './dials.js';
import type { Draw } from './draw.js';
import type { TaskPlan } from './task.js';

const failures = [
  'Generation failed, please try again later',
  'upload resource: image dimension less than 512px',
  'No person detected in the human image',
  'Internal task error, code 5003',
];

/** Draws what becomes of an accepted task. `key` names the input and how often it was accepted before. */
export function planTask(dials: Dials, draw: Draw, key: string, imageCount: number): TaskPlan {
  const happens = (purpose: string, rate: number): boolean => rate > 0 && draw(purpose, key) < rate;
  const early = happens('callback.early', dials.earlyCallbackRate);
  const spread = (draw('duration', key) * 2 - 1) * dials.delayJitter;
  return {
    durationMs: early ? 0 : Math.round(dials.delayMs * (1 + spread)),
    failure: happens('failure', dials.failureRate) ? failureMessage(dials, draw, key) : null,
    images: plannedImages(happens, dials, imageCount),
    pictures: dials.pictures,
    progress: dials.progressCallbacks,
    callback: {
      early,
      lost: happens('callback.lost', dials.lostCallbackRate),
      doubled: happens('callback.doubled', dials.doubledCallbackRate),
      reordered: happens('callback.reordered', dials.reorderedCallbackRate),
      lateMs: !early && happens('callback.late', dials.lateCallbackRate) ? dials.lateCallbackMs : 0,
    },
  };
}

function failureMessage(dials: Dials, draw: Draw, key: string): string {
  const drawn = failures[Math.floor(draw('failure.message', key) * failures.length)];
  return dials.failureMessage ?? drawn ?? 'Generation failed';
}

function plannedImages(
  happens: (purpose: string, rate: number) => boolean,
  dials: Dials,
  asked: number,
): number {
  if (happens('images.none', dials.noImagesRate)) return 0;
  if (happens('images.fewer', dials.fewerImagesRate)) return Math.max(1, asked - 1);
  return asked;
}
