import type { BenchPostgres } from './bench-postgres.js';
import { type LoadOptions, type LoadResult, runLoad, type Shot } from './load.js';
import type { RunningContender } from './start-contender.js';

/** One server to be measured beside the others. */
export interface Contender {
  readonly title: string;
  /** Requests of one measurement: as many as make it a second or two. */
  readonly requests: number;
  readonly server: RunningContender;
  /** The next so many requests, never the same twice. */
  shots(count: number): Shot[];
  readonly accepted: LoadOptions['accepted'];
  /** How many of the accepted ids are in the database as they should be; null where none is kept. */
  readonly found: ((accepted: readonly string[]) => Promise<number>) | null;
}

export interface Measurement {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** On-CPU time of the server's process per request. */
  readonly cpuMs: number;
  readonly postgresCpuMs: number | null;
}

export interface Series {
  readonly contender: Contender;
  readonly connections: number;
  /** One per round, in their order. */
  readonly measurements: Measurement[];
}

export const CONNECTIONS = [10, 64] as const;

/**
 * Measures the contenders in turn, round after round, so that whatever else the machine does meets them all.
 *
 * @throws when a row of anything that was accepted is missing
 */
export async function runRounds(
  contenders: readonly Contender[],
  postgres: BenchPostgres,
  rounds: number,
): Promise<Series[]> {
  const accepted = new Map<Contender, string[]>(contenders.map((contender) => [contender, []]));
  const keep = (contender: Contender, result: LoadResult) =>
    accepted.get(contender)?.push(...result.accepted);
  for (const contender of contenders) keep(contender, await warmUp(contender));
  const series = CONNECTIONS.flatMap((connections) =>
    contenders.map((contender): Series => ({ contender, connections, measurements: [] })),
  );
  for (let round = 0; round < rounds; round += 1)
    for (const { contender, connections, measurements } of series) {
      const { measurement, result } = await measure(contender, connections, postgres);
      measurements.push(measurement);
      keep(contender, result);
    }
  for (const [contender, ids] of accepted) await requireRows(contender, ids);
  return series;
}

/** Requests a contender gets in a run, its warm-up included. */
export function requestsInAll(requests: number, rounds: number): number {
  return requests * (rounds * CONNECTIONS.length + 1);
}

function warmUp(contender: Contender): Promise<LoadResult> {
  const { server, accepted, requests } = contender;
  return runLoad({ port: server.port, connections: 32, shots: contender.shots(requests), accepted });
}

async function measure(contender: Contender, connections: number, postgres: BenchPostgres) {
  const { server, accepted, requests } = contender;
  const shots = contender.shots(requests);
  const before = { server: await server.cpuMs(), postgres: postgres.cpuMs() };
  const result = await runLoad({ port: server.port, connections, shots, accepted });
  const after = { server: await server.cpuMs(), postgres: postgres.cpuMs() };
  const at = (share: number) => result.latenciesMs[Math.floor(share * (requests - 1))] ?? Number.NaN;
  const measurement: Measurement = {
    perSecond: requests / result.seconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    cpuMs: (after.server - before.server) / requests,
    postgresCpuMs:
      after.postgres === null || before.postgres === null
        ? null
        : (after.postgres - before.postgres) / requests,
  };
  return { measurement, result };
}

async function requireRows(contender: Contender, ids: readonly string[]): Promise<void> {
  if (new Set(ids).size !== ids.length) throw new Error(`${contender.title}: an id was given twice`);
  const found = await contender.found?.(ids);
  if (found === undefined || found === ids.length) return;
  throw new Error(
    `${contender.title}: ${ids.length - found} of ${ids.length} accepted are not in the database`,
  );
}
