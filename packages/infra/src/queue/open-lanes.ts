import { createHash } from 'node:crypto';
import type { CarriedJob } from '../postgres/index.js';
import type { LaneBackend, LaneQueue, LaneWorker, PulledLaneJob } from './lane-backend.js';
import { openPostgresBackend } from './postgres-backend.js';
import { openRedisBackend } from './redis-backend.js';
import { within } from './within.js';

/** A job pulled from a lane. It is completed as soon as its claim is committed, before anything is sent. */
export interface PulledJob {
  readonly id: string;
  /** The queue's own job id, `<id>-<carry>`. */
  readonly queueId: string;
  complete(): Promise<void>;
}

/** The lanes: one BullMQ queue per account and one for jobs that any account may take. */
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
  readonly onError: (error: Error) => void;
}

/** Every call to the queue's server is bounded: one that has gone silent must not hang a worker. */
const CALL_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 3_000;
/** Pulls of one lane that may be under way at once. */
const PULLS_AT_ONCE = 8;

export async function openLanes(options: LanesOptions): Promise<Lanes> {
  const backend =
    options.redisUrl === null ? await openPostgresBackend(options) : await openRedisBackend(options);
  return new BullLanes(backend);
}

class BullLanes implements Lanes {
  readonly backend: 'redis' | 'postgres';
  readonly #backend: LaneBackend;
  readonly #queues = new Map<string, LaneQueue>();
  readonly #workers = new Map<string, LaneWorker>();
  #token = 0;

  constructor(backend: LaneBackend) {
    this.#backend = backend;
    this.backend = backend.name;
  }

  async add(jobs: readonly CarriedJob[]): Promise<void> {
    const byLane = groupByLane(jobs);
    for (const [lane, laneJobs] of byLane) {
      const entries = laneJobs.map((job) => ({
        name: 'try-on',
        data: { id: job.id },
        opts: { jobId: `${job.id}-${job.carry}` },
      }));
      await within(CALL_TIMEOUT_MS, this.#queue(lane).addBulk(entries), 'adding to a lane');
    }
  }

  async pull(lane: string, count: number): Promise<PulledJob[]> {
    const worker = this.#worker(lane);
    const pulled: PulledJob[] = [];
    while (pulled.length < count) {
      const wanted = Math.min(PULLS_AT_ONCE, count - pulled.length);
      const jobs = await Promise.all(Array.from({ length: wanted }, () => this.#pullOne(worker)));
      const found = jobs.flatMap((job) => job ?? []);
      pulled.push(...found);
      if (found.length < wanted) break;
    }
    return pulled;
  }

  async #pullOne(worker: LaneWorker): Promise<PulledJob | null> {
    this.#token += 1;
    const token = `${process.pid}-${this.#token}`;
    const job = await within(
      CALL_TIMEOUT_MS,
      worker.getNextJob(token, { block: false }),
      'pulling from a lane',
    );
    return job === undefined ? null : toPulled(job, token);
  }

  ping(): Promise<void> {
    return within(CALL_TIMEOUT_MS, this.#backend.ping(), 'asking the queue');
  }

  async close(): Promise<void> {
    const all = [...this.#workers.values(), ...this.#queues.values()];
    const closing = Promise.allSettled(all.map((each) => each.close())).then(() => this.#backend.close());
    await within(CLOSE_TIMEOUT_MS, closing, 'closing the queue').catch(() => undefined);
  }

  #queue(lane: string): LaneQueue {
    return remember(this.#queues, lane, () => this.#backend.openQueue(laneName(lane)));
  }

  #worker(lane: string): LaneWorker {
    return remember(this.#workers, lane, () => this.#backend.openWorker(laneName(lane)));
  }
}

function toPulled(job: PulledLaneJob, token: string): PulledJob {
  return {
    id: readId(job.data),
    queueId: job.id ?? '',
    complete: async () => {
      await within(CALL_TIMEOUT_MS, job.moveToCompleted(null, token, false), 'completing a carried job');
    },
  };
}

/** A payload that is not ours claims nothing: no job has an empty id. */
function readId(data: unknown): string {
  const id = (data as { id?: unknown } | null)?.id;
  return typeof id === 'string' ? id : '';
}

/** Queue names may not hold every character of an address, and logs need not hold it at all. */
function laneName(lane: string): string {
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
