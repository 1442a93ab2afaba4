import type { DialsPatch } from '@catwalk/simulator';
import type { Rig } from './start-rig.js';

export type Backend = 'redis' | 'postgres';

/** A server that is reached through a wire, which can be cut or swallow everything. */
export type WireEnd = 'postgres' | 'redis' | 'provider';

/** One thing that a row measures, and what it must be. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: 's' | '';
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** What a row is run with. */
export interface RowSetting {
  readonly backend: Backend;
  /** Rows of the short report carry fewer jobs and shorter outages. */
  readonly quick: boolean;
  readonly seed: string;
  /** API and webhook app in one process: only for rows that leave them alone. */
  readonly doorsTogether?: boolean;
}

/** What a fault may do while a load is running. */
export interface Injection extends RowSetting {
  readonly rig: Rig;
  /** Numbers in [0, 1) that are the same in every run with the same seed. */
  random(): number;
  /** Ids of the jobs that the API has accepted so far, by their number. */
  readonly accepted: ReadonlyMap<number, string>;
  /** Posts one job more, with inputs of its own by this number; it is counted with the others. */
  post(n: number): Promise<string>;
  /** Waits until the provider has accepted this many more submits than now. */
  untilAccepted(more: number, timeoutMs?: number): Promise<void>;
  /** The fault is over: from here it counts until work flows again, which is `submits` new ones. */
  over(submits?: number): void;
  /** What had to be started again first is up: seconds count from here. */
  back(): void;
  /** A person asked for a second submit of this job: it may be billed once more. */
  allowTwice(jobId: string): void;
}

/** One row of the report. */
export interface Fault {
  readonly name: string;
  readonly backends: readonly Backend[];
  /** Those of the short report, where it leaves some out. */
  readonly quickBackends?: readonly Backend[];
  readonly jobs: { readonly quick: number; readonly full: number };
  readonly dials?: DialsPatch;
  readonly env?: Readonly<Record<string, string>>;
  readonly accounts?: number;
  readonly slotsPerAccount?: number;
  readonly workers?: number;
  /** A Postgres of the row's own, which may be stopped; on a disk of its own it may be full, too. */
  readonly ownPostgres?: boolean | 'small-disk';
  /** What the processes reach through a wire that can be cut. */
  readonly wires?: readonly WireEnd[];
  /** Modules loaded into a process before the app, by the name of the process. */
  readonly preloads?: Readonly<Record<string, readonly string[]>>;
  /** The inputs of the n-th job; default: its own, so that the bill tells of each job. */
  readonly inputs?: (n: number) => Record<string, unknown>;
  /** At most so many seconds until work flows again. */
  readonly flowWithinS?: number;
  /** All must have ended so many seconds after the load and the fault are over. */
  readonly endWithinS: number;
  /** The row is over as soon as it would say this, whatever is still open: for rows that are broken on purpose. */
  readonly overWhenSaid?: RegExp;
  /** No job may fail. */
  readonly noneMayFail?: boolean;
  /** Whether this machine lets it be played; everywhere where it does not say. */
  isPossible?(): boolean;
  inject?(injection: Injection): Promise<void>;
  /** What else is to be seen; each sentence makes the row red. */
  check?(injection: Injection): Promise<readonly string[]> | readonly string[];
  /** What it shows in figures; one out of its bounds makes the row red. */
  measure?(injection: Injection): Promise<readonly Figure[]> | readonly Figure[];
}
