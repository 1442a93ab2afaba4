import { CONNECTIONS, type Contender, type Measurement, type Series } from './run-rounds.js';

interface Target {
  readonly ofCeiling?: number;
  readonly timesNaive?: number;
  readonly p99Ms?: number;
}

/** What a contender is set beside, and what it should reach at the most connections. */
export interface Comparison {
  readonly product: Contender;
  readonly ceiling: Contender;
  readonly naive: Contender;
  readonly target: Target;
}

export interface Table {
  readonly title: string;
  readonly series: readonly Series[];
  readonly comparisons: readonly Comparison[];
}

const HEAD = ['', 'req/s', 'p50 ms', 'p99 ms', 'CPU ms/req', 'Postgres', 'of its ceiling', 'times the naive'];

/** Medians over the rounds; a ratio is the median of the rounds' ratios, since they shared the machine's mood. */
export function printTable(table: Table): void {
  for (const connections of CONNECTIONS) {
    const rows = table.series
      .filter((series) => series.connections === connections)
      .map((series) => rowOf(table, series));
    console.log(`\n${table.title}, ${connections} connections`);
    for (const row of [HEAD, ...rows]) console.log(lineOf(row));
  }
  for (const comparison of table.comparisons) printTargets(table, comparison);
}

function rowOf(table: Table, series: Series): string[] {
  const medianOf = (pick: (one: Measurement) => number) => median(series.measurements.map(pick));
  const compared = table.comparisons.find(({ product }) => product === series.contender);
  const { contender, connections } = series;
  const postgres = medianOf((one) => one.postgresCpuMs ?? Number.NaN);
  return [
    contender.title,
    medianOf((one) => one.perSecond).toFixed(0),
    medianOf((one) => one.p50Ms).toFixed(1),
    medianOf((one) => one.p99Ms).toFixed(1),
    medianOf((one) => one.cpuMs).toFixed(3),
    contender.found === null || Number.isNaN(postgres) ? '-' : postgres.toFixed(3),
    compared ? ratio(table, contender, compared.ceiling, connections).toFixed(2) : '',
    compared ? ratio(table, contender, compared.naive, connections).toFixed(1) : '',
  ];
}

function lineOf(cells: readonly string[]): string {
  const [title = '', ...rest] = cells;
  return (
    title.padEnd(38) + rest.map((cell, index) => cell.padStart((HEAD[index + 1]?.length ?? 0) + 2)).join('')
  );
}

function printTargets(table: Table, { product, ceiling, naive, target }: Comparison): void {
  const most = Math.max(...CONNECTIONS);
  const p99 = median(measurementsOf(table, product, most).map((one) => one.p99Ms));
  const reached = [
    saying('of its ceiling', ratio(table, product, ceiling, most), target.ofCeiling, 2, 'at least'),
    saying('times the naive', ratio(table, product, naive, most), target.timesNaive, 1, 'at least'),
    saying('p99 ms', p99, target.p99Ms, 1, 'at most'),
  ].flatMap((line) => line ?? []);
  if (reached.length > 0) console.log(`\n${product.title}, ${most} connections: ${reached.join(', ')}`);
}

function saying(
  what: string,
  value: number,
  target: number | undefined,
  digits: number,
  bound: 'at least' | 'at most',
) {
  if (target === undefined) return null;
  const holds = bound === 'at least' ? value >= target : value <= target;
  return `${value.toFixed(digits)} ${what} (target ${bound} ${target}: ${holds ? 'reached' : 'MISSED'})`;
}

function ratio(table: Table, one: Contender, other: Contender, connections: number): number {
  const others = measurementsOf(table, other, connections);
  return median(
    measurementsOf(table, one, connections).map(
      ({ perSecond }, round) => perSecond / (others[round]?.perSecond ?? Number.NaN),
    ),
  );
}

function measurementsOf(table: Table, contender: Contender, connections: number): readonly Measurement[] {
  const found = table.series.find((one) => one.contender === contender && one.connections === connections);
  return found?.measurements ?? [];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
