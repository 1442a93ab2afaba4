import type { SlotFigures } from './measure-slots.js';

export interface SlotsRow {
  readonly title: string;
  readonly figures: SlotFigures;
  /** 429s. */
  readonly refused: number;
  /** Of each part, per job. */
  readonly cpuMs: Readonly<Record<'worker' | 'webhook' | 'simulator' | 'postgres', number | null>>;
  /** Share of the machine that was busy with other things than this run: what the figures suffered from. */
  readonly elsewhere: number | null;
  /** What should be reached, beside no 429 at all. */
  readonly target: { readonly use: number; readonly ofOptimum: number | null } | null;
}

const HEAD = [
  '',
  'slot use',
  'run s',
  'of optimum',
  'turn-around p50 ms',
  'p99 ms',
  '429s',
  'CPU ms/job: worker',
  'webhook',
  'simulator',
  'Postgres',
  'machine elsewhere',
];

export function printSlots(title: string, rows: readonly SlotsRow[]): void {
  console.log(`\n${title}`);
  for (const cells of [HEAD, ...rows.map(cellsOf)]) {
    const [first = '', ...rest] = cells;
    const padded = rest.map((cell, index) => cell.padStart((HEAD[index + 1]?.length ?? 0) + 2));
    console.log(first.padEnd(26) + padded.join(''));
  }
  for (const row of rows) for (const line of missed(row)) console.log(`${row.title}: ${line} MISSED`);
}

function cellsOf({ title, figures, refused, cpuMs, elsewhere }: SlotsRow): string[] {
  return [
    title,
    figures.use.toFixed(3),
    figures.seconds.toFixed(1),
    figures.ofOptimum.toFixed(3),
    figures.turnAroundsMs.p50.toFixed(0),
    figures.turnAroundsMs.p99.toFixed(0),
    String(refused),
    told(cpuMs.worker, 1),
    told(cpuMs.webhook, 1),
    told(cpuMs.simulator, 1),
    told(cpuMs.postgres, 1),
    told(elsewhere, 2),
  ];
}

function told(value: number | null, digits: number): string {
  return value === null || Number.isNaN(value) ? '-' : value.toFixed(digits);
}

function missed({ figures, refused, target }: SlotsRow): string[] {
  if (target === null) return [];
  return [
    ...(figures.use < target.use ? [`slot use at least ${target.use}`] : []),
    ...(target.ofOptimum !== null && figures.ofOptimum > target.ofOptimum
      ? [`run time at most ${target.ofOptimum} of the optimum`]
      : []),
    ...(refused > 0 ? ['no 429'] : []),
  ];
}
