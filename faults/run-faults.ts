import { isStopping } from './rig/close-on-signal.js';
import type { Backend, Fault } from './rig/fault.js';
import { hasRedisServer } from './rig/start-redis.js';
import { type RowOptions, type RowResult, runRow } from './run-row.js';

export interface FaultRun {
  readonly fault: Fault;
  readonly backend: Backend;
}

/** The rows to run: those whose name or backend contains each word of `only`, on the backends that are there. */
export function chooseRuns(faults: readonly Fault[], options: { quick: boolean; only: string }): FaultRun[] {
  const words = options.only.toLowerCase().split(/\s+/);
  return faults
    .flatMap((fault) => backendsOf(fault, options.quick).map((backend) => ({ fault, backend })))
    .filter(({ backend }) => backend !== 'redis' || hasRedisServer)
    .filter(({ fault }) => fault.isPossible?.() ?? true)
    .filter(({ fault, backend }) =>
      words.every((word) => `${fault.name} ${backend}`.toLowerCase().includes(word)),
    );
}

function backendsOf({ backends, quickBackends }: Fault, quick: boolean): readonly Backend[] {
  return quick ? (quickBackends ?? backends) : backends;
}

/** Runs them, several at a time, and tells each result as it comes. Results stand in the order of the rows. */
export async function runFaults(
  runs: readonly FaultRun[],
  options: Omit<RowOptions, 'backend'> & { readonly atOnce: number },
  tell: (result: RowResult) => void,
): Promise<RowResult[]> {
  const results: RowResult[] = [];
  await runAtOnce(runs, options.atOnce, async ({ fault, backend }, n) => {
    const result = await runRow(fault, { ...options, backend });
    results[n] = result;
    tell(result);
  });
  return results;
}

/** Does something for each item, several at a time, in their order. */
export async function runAtOnce<T>(
  items: readonly T[],
  atOnce: number,
  run: (item: T, n: number) => Promise<void>,
): Promise<void> {
  const left = items.entries();
  const runSome = async () => {
    for (const [n, item] of left) {
      if (isStopping()) return;
      await run(item, n);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, runSome));
}
