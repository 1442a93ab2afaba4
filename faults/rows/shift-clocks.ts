import type { Fault } from '../rig/fault.js';

const file = new URL('../preloads/shift-clock.mjs', import.meta.url);
const ahead = `${file}?hours=1`;
const behind = `${file}?hours=-1`;

function shifted(part: string, preload: string, words: string): Fault {
  return {
    name: `the clock of the ${part} an hour ${words}`,
    backends: ['redis'],
    jobs: { quick: 100, full: 300 },
    workers: part === 'worker' ? 2 : 1,
    dials: { lostAnswerRate: 0.1, lostCallbackRate: 0.3 },
    preloads: { [part]: [preload] },
    endWithinS: 75,
  };
}

export const clockRows: readonly Fault[] = [
  shifted('worker', ahead, 'fast'),
  { ...shifted('worker', behind, 'slow'), quickBackends: [] },
  { ...shifted('webhook', ahead, 'fast'), quickBackends: [] },
  { ...shifted('api', behind, 'slow'), quickBackends: [] },
];
