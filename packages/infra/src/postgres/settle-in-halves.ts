import { troubleOf } from './sql-error.js';

/**
 * Runs a batch, and when Postgres refuses one of its values halves it down to the culprit: only that item
 * fails, in the order the items came. Every other trouble fails the batch as a whole.
 *
 * @returns one settled result per item, in their order
 */
export async function settleInHalves<T, R>(
  items: readonly T[],
  run: (items: readonly T[]) => Promise<readonly R[]>,
): Promise<PromiseSettledResult<R>[]> {
  try {
    return (await run(items)).map((value) => ({ status: 'fulfilled', value }));
  } catch (reason) {
    if (troubleOf(reason) !== 'data') throw reason;
    if (items.length <= 1) return items.map(() => ({ status: 'rejected', reason }));
    const middle = Math.ceil(items.length / 2);
    const first = await settleInHalves(items.slice(0, middle), run);
    return [...first, ...(await settleInHalves(items.slice(middle), run))];
  }
}
