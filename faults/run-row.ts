import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@catwalk/testkit';
import { seededRandom } from '../tests/system/seeded-random.js';
import { type Counts, countOpen, countRow } from './measure-row.js';
import type { Fault, Figure, Injection, RowSetting } from './rig/fault.js';
import { postLoad } from './rig/post-load.js';
import type { Ground } from './rig/start-ground.js';
import { startRig } from './rig/start-rig.js';

/** A row of the report. */
export interface RowResult extends Counts {
  readonly fault: string;
  readonly backend: string;
  /** Seconds until work flowed again; null where it never stopped. */
  readonly flowS: number | null;
  /** Seconds until all had ended, from the moment the fault was over and everything was posted. */
  readonly endS: number | null;
  readonly figures: readonly Figure[];
  /** Empty: green. */
  readonly reasons: readonly string[];
  readonly tookS: number;
}

export interface RowOptions extends RowSetting {
  readonly ground: Ground;
  readonly logFolder: string;
}

/** Runs one fault in a system of its own and judges what is left of it. */
export async function runRow(fault: Fault, options: RowOptions): Promise<RowResult> {
  const startedAt = performance.now();
  const { backend, ground, logFolder } = options;
  const folder = join(logFolder, `${fault.name}-${backend}`.replace(/[^a-z0-9]+/gi, '-').toLowerCase());
  const tookS = () => (performance.now() - startedAt) / 1_000;
  try {
    const rig = await startRig(fault, options, { ground, folder });
    try {
      return { ...(await new Row(fault, options, rig).run()), tookS: tookS() };
    } finally {
      await rig.close();
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 300) : String(error);
    const none = { jobs: 0, lost: 0, billedTwice: 0, stuck: 0, overLimit: 0, failed: 0 };
    return {
      fault: fault.name,
      backend,
      ...none,
      flowS: null,
      endS: null,
      figures: [],
      reasons: [reason],
      tookS: tookS(),
    };
  }
}

class Row {
  readonly #fault: Fault;
  readonly #options: RowOptions;
  readonly #rig: Injection['rig'];
  readonly #accepted = new Map<number, string>();
  readonly #allowedTwice = new Map<string, number>();
  #over: { atMs: number; backMs: number; submits: number } | undefined;

  constructor(fault: Fault, options: RowOptions, rig: Injection['rig']) {
    this.#fault = fault;
    this.#options = options;
    this.#rig = rig;
  }

  async run(): Promise<Omit<RowResult, 'tookS'>> {
    const { quick, seed, backend } = this.#options;
    const { client, simulator } = this.#rig;
    const total = quick ? this.#fault.jobs.quick : this.#fault.jobs.full;
    const load = { client, seed, inputs: this.#fault.inputs, accepted: this.#accepted };
    const injection = this.#injection();
    // A third before the fault, a third while it lasts, a third when it is over.
    await postLoad(load, 0, Math.ceil(total / 3));
    await Promise.all([
      postLoad(load, Math.ceil(total / 3), Math.ceil((2 * total) / 3)),
      this.#fault.inject?.(injection),
    ]);
    await postLoad(load, Math.ceil((2 * total) / 3), total);
    const endS = await this.#untilEnded(injection);
    await eventually(() => (simulator.idle().idle ? undefined : fail('the provider is not idle')), {
      timeoutMs: 5_000,
    }).catch(() => undefined);
    // A late callback must change nothing any more.
    await sleep(300);
    const counts = await countRow(this.#rig, this.#accepted, this.#allowedTwice);
    const flowS = this.#flowS();
    const seen = (await this.#fault.check?.(injection)) ?? [];
    const figures = [...this.#flowFigure(flowS), ...((await this.#fault.measure?.(injection)) ?? [])];
    const reasons = [...this.#judge(counts, endS), ...seen, ...figures.flatMap(judgeFigure)];
    return { fault: this.#fault.name, backend, ...counts, flowS, endS, figures, reasons };
  }

  #injection(): Injection {
    const { tasks } = this.#rig.watch;
    const { backend, quick, seed } = this.#options;
    return {
      backend,
      quick,
      seed,
      rig: this.#rig,
      random: seededRandom(hash(`${seed} ${this.#fault.name}`)),
      accepted: this.#accepted,
      post: async (n) => {
        const { client } = this.#rig;
        await postLoad({ client, seed, inputs: undefined, accepted: this.#accepted }, n, n + 1);
        return this.#accepted.get(n) ?? '';
      },
      untilAccepted: async (more, timeoutMs = 30_000) => {
        const goal = tasks.length + more;
        await eventually(
          () => (tasks.length >= goal ? undefined : fail(`${tasks.length} of ${goal} submits`)),
          {
            timeoutMs,
            intervalMs: 5,
          },
        );
      },
      over: (submits = 1) => {
        const atMs = Date.now();
        this.#over = { atMs, backMs: atMs, submits };
      },
      back: () => {
        if (this.#over !== undefined) this.#over.backMs = Date.now();
      },
      allowTwice: (id) => void this.#allowedTwice.set(id, (this.#allowedTwice.get(id) ?? 0) + 1),
    };
  }

  async #untilEnded(injection: Injection): Promise<number | null> {
    const from = performance.now();
    const bound = this.#fault.endWithinS * 1_000;
    const look = async () => {
      const open = await countOpen(this.#rig.databaseUrl);
      if (open.jobs + open.attempts === 0 || (await this.#hasSaid(injection))) return;
      fail(`${open.jobs} jobs and ${open.attempts} attempts are open`);
    };
    return eventually(look, { timeoutMs: bound, intervalMs: 100 }).then(
      () => (performance.now() - from) / 1_000,
      () => null,
    );
  }

  /** Whether the row says already what it is over with; what is still open is not stuck as long as it may end. */
  async #hasSaid(injection: Injection): Promise<boolean> {
    const { overWhenSaid, check } = this.#fault;
    if (overWhenSaid === undefined) return false;
    const counts = await countRow(this.#rig, this.#accepted, this.#allowedTwice);
    const said = [...this.#judge({ ...counts, stuck: 0 }, 0), ...((await check?.(injection)) ?? [])];
    return said.some((reason) => overWhenSaid.test(reason));
  }

  #flowS(): number | null {
    const over = this.#over;
    if (over === undefined) return null;
    const since = this.#rig.watch.tasks.filter((task) => task.acceptedAtMs > over.atMs);
    const flowing = since[over.submits - 1];
    if (flowing === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(0, flowing.acceptedAtMs - over.backMs) / 1_000;
  }

  #flowFigure(flowS: number | null): Figure[] {
    const { flowWithinS } = this.#fault;
    if (flowWithinS === undefined) return [];
    const value = flowS ?? Number.POSITIVE_INFINITY;
    return [{ what: 'until work flowed again', value, unit: 's', atMost: flowWithinS }];
  }

  #judge(counts: Counts, endS: number | null): string[] {
    const { endWithinS, noneMayFail } = this.#fault;
    return [
      ...(counts.lost > 0 ? [`${counts.lost} lost`] : []),
      ...(counts.billedTwice > 0 ? [`${counts.billedTwice} billed twice`] : []),
      ...(counts.stuck > 0 ? [`${counts.stuck} stuck`] : []),
      ...(counts.overLimit > 0 ? [`${counts.overLimit} over the limit`] : []),
      ...(endS === null && counts.stuck === 0 ? [`attempts were open after ${endWithinS} s`] : []),
      ...(noneMayFail === true && counts.failed > 0 ? [`${counts.failed} failed`] : []),
    ];
  }
}

/** Why the figure is not what it must be; a measurement that failed is neither. */
function judgeFigure({ what, value, unit, atMost, atLeast }: Figure): string[] {
  const isWithin = value <= (atMost ?? Number.POSITIVE_INFINITY) && value >= (atLeast ?? 0);
  return isWithin && Number.isFinite(value) ? [] : [`${what}: ${value.toFixed(2)} ${unit}`.trim()];
}

function fail(message: string): never {
  throw new Error(message);
}

function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return state;
}
