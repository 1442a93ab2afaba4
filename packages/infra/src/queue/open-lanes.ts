import { createHash } from 'node:crypto';
import { type CarriedJob, DELIVERIES_LANE } from '../postgres/index.js';
import { within } from '../process/within.js';
import type { LaneBackend, LaneQueue, LaneWorker, PulledLaneJob } from './lane-backend.js';
import { openPostgresBackend } from './postgres-backend.js';
import { QueueError } from './queue-error.js';
import { openRedisBackend } from './redis-backend.js';

/** A job pulled from a lane. It is completed as soon as its claim is committed, before anything is sent. */
export interface PulledJob {
  readonly id: string;
  /** The queue's own job id, `<id>-<carry>`. */
  readonly queueId: string;
  complete(): Promise<void>;
}

/** The lanes: one BullMQ queue per account, one for jobs that any account may take, and one for deliveries. */
export interface Lanes {
  readonly backend: 'redis' | 'postgres';
  /** Puts jobs into their lanes. The queue's job id is `<id>-<carry>`; a repeated id is ignored. */
  add(jobs: readonly CarriedJob[]): Promise<void>;
  /** Takes up to `count` jobs out of a lane, without waiting for more to come. */
  pull(lane: string, count: number): Promise<PulledJob[]>;
  /** Resolves while the queue's server answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface LanesOptions {
  /** BullMQ runs on Redis with it, else on its PostgreSQL backend in the same database. */
  readonly redisUrl: string | null;
  readonly databaseUrl: string;
  /** The installation's id: two that share a Redis never see each other's lanes. */
  readonly installId: string;
  /** Told of every call that failed, and of a connection to Redis that broke. */
  readonly onError: (error: Error) => void;
  /** Told of every call that was answered, and of a connection to Redis that was made again. */
  readonly onWorked?: () => void;
}

/** Every call to the queue's server is bounded: one that has gone silent must not hang a worker. */
const CALL_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 3_000;
/** Pulls of one lane that may be under way at once. */
const PULLS_AT_ONCE = 32;

export async function openLanes(options: LanesOptions): Promise<Lanes> {
  const backend =
    options.redisUrl === null ? await openPostgresBackend(options) : await openRedisBackend(options);
  return new BullLanes(backend, options);
}

class BullLanes implements Lanes {
  readonly backend: 'redis' | 'postgres';
  readonly #backend: LaneBackend;
  readonly #hooks: Pick<LanesOptions, 'onError' | 'onWorked'>;
  readonly #queues = new Map<string, LaneQueue>();
  readonly #workers = new Map<string, LaneWorker>();
  #token = 0;

  constructor(backend: LaneBackend, hooks: Pick<LanesOptions, 'onError' | 'onWorked'>) {
    this.#backend = backend;
    this.#hooks = hooks;
    this.backend = backend.name;
  }

  async add(jobs: readonly CarriedJob[]): Promise<void> {
    const byLane = groupByLane(jobs);
    for (const [lane, laneJobs] of byLane) {
      const entries = laneJobs.map((job) => ({
        name: lane === DELIVERIES_LANE ? 'delivery' : 'try-on',
        data: { id: job.id },
        opts: { jobId: `${job.id}-${job.carry}` },
      }));
      await this.#call(
        'adding to a lane',
        this.#queues,
        lane,
        (name) => this.#backend.openQueue(name),
        (queue) => queue.addBulk(entries),
      );
    }
  }

  async pull(lane: string, count: number): Promise<PulledJob[]> {
    const pulled: PulledJob[] = [];
    while (pulled.length < count) {
      const wanted = Math.min(PULLS_AT_ONCE, count - pulled.length);
      const jobs = await Promise.all(Array.from({ length: wanted }, () => this.#pullOne(lane)));
      const found = jobs.flatMap((job) => job ?? []);
      pulled.push(...found);
      if (found.length < wanted) break;
    }
    return pulled;
  }

  async #pullOne(lane: string): Promise<PulledJob | null> {
    this.#token += 1;
    const token = `${process.pid}-${this.#token}`;
    const job = await this.#call(
      'pulling from a lane',
      this.#workers,
      lane,
      (name) => this.#backend.openWorker(name),
      (worker) => worker.getNextJob(token, { block: false }),
    );
    return job === undefined ? null : this.#toPulled(job, token);
  }

  #toPulled(job: PulledLaneJob, token: string): PulledJob {
    const complete = () => job.moveToCompleted(null, token, false);
    return {
      id: readId(job.data),
      queueId: job.id ?? '',
      complete: async () => void (await this.#bounded('completing a carried job', complete)),
    };
  }

  ping(): Promise<void> {
    return this.#bounded('asking the queue', () => this.#backend.ping());
  }

  async close(): Promise<void> {
    const all = [...this.#workers.values(), ...this.#queues.values()];
    const closing = Promise.allSettled(all.map((each) => each.close())).then(() => this.#backend.close());
    await within(CLOSE_TIMEOUT_MS, closing, 'closing the queue').catch(() => undefined);
  }

  /**
   * Calls one side of a lane. BullMQ remembers for ever that it could not connect, and a connection may have
   * gone silent: a side that failed is thrown away, and made anew by the next call.
   */
  async #call<S extends { close(): Promise<void> }, R>(
    doing: string,
    sides: Map<string, S>,
    lane: string,
    open: (name: string) => S,
    run: (side: S) => Promise<R>,
  ): Promise<R> {
    let side: S | undefined;
    try {
      return await this.#bounded(doing, () => {
        side = remember(sides, lane, () => open(laneName(lane)));
        return run(side);
      });
    } catch (error) {
      if (side !== undefined && sides.get(lane) === side) sides.delete(lane);
      side?.close().catch(() => undefined);
      throw error;
    }
  }

  /** @throws QueueError */
  async #bounded<R>(doing: string, run: () => Promise<R>): Promise<R> {
    try {
      await this.#backend.connected();
      const result = await within(CALL_TIMEOUT_MS, run(), doing);
      this.#hooks.onWorked?.();
      return result;
    } catch (cause) {
      const error = new QueueError(`${doing} failed: ${(cause as Error).message}`, { cause });
      this.#hooks.onError(error);
      throw error;
    }
  }
}

/** A payload that is not ours claims nothing: no job has an empty id. */
function readId(data: unknown): string {
  const id = (data as { id?: unknown } | null)?.id;
  return typeof id === 'string' ? id : '';
}

/** Queue names may not hold every character of an address, and logs need not hold it at all. */
function laneName(lane: string): string {
  if (lane === DELIVERIES_LANE) return 'deliveries';
  return lane === '*' ? 'lane-any' : `lane-${createHash('sha256').update(lane).digest('hex').slice(0, 16)}`;
}

function remember<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function groupByLane(jobs: readonly CarriedJob[]): Map<string, CarriedJob[]> {
  const groups = new Map<string, CarriedJob[]>();
  for (const job of jobs) remember(groups, job.lane, () => []).push(job);
  return groups;
}
