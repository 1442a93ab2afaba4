import { expect, it } from 'vitest';
import { giveWay } from '../src/give-way.js';

it.each([
  ['stays where nobody wants it', {}, 4311],
  ['leaves a port that was set for a part', { API_PORT: '4311' }, 4312],
  ['and the next one, if that was set as well', { API_PORT: '4311', SIMULATOR_PORT: '4312' }, 4313],
])('a default port %s', (_what, env, port) => {
  expect(giveWay(4311, env)).toBe(port);
});
