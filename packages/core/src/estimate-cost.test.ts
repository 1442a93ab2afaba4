import { expect, it } from 'vitest';
import { estimateCost } from './index.js';

it.each([
  ['0.05', 200, '10.00'],
  ['0.1', 3, '0.3'],
  ['0.000000001', 7, '0.000000007'],
  ['12', 4, '48'],
  ['00.50', 1, '0.50'],
  ['1.25', 0, '0.00'],
  ['999999999.999999999', 1_000_000, '999999999999999.999000000'],
])('%s for each of %i images is %s', (amount, images, total) => {
  expect(estimateCost({ amount, currency: 'EUR' }, images)).toEqual({ amount: total, currency: 'EUR' });
});
