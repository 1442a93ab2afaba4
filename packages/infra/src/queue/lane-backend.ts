/** What lanes need of BullMQ, the same on both of its backends. */
export interface LaneBackend {
  readonly name: 'redis' | 'postgres';
  openQueue(name: string): LaneQueue;
  openWorker(name: string): LaneWorker;
  /** Resolves at once while calls can be made; rejects when they cannot, so that none is made to run later. */
  connected(): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface LaneQueue {
  addBulk(jobs: { name: string; data: { id: string }; opts: { jobId: string } }[]): Promise<unknown>;
  close(): Promise<void>;
}

export interface LaneWorker {
  getNextJob(token: string, options: { block: boolean }): Promise<PulledLaneJob | undefined>;
  close(): Promise<void>;
}

export interface PulledLaneJob {
  readonly id?: string | undefined;
  readonly data: unknown;
  moveToCompleted(returnValue: unknown, token: string, fetchNext: boolean): Promise<unknown>;
}

/** Rows are what lasts: the queue keeps nothing of a job that is done, and next to nothing of events. */
export const QUEUE_DEFAULTS = {
  defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  streams: { events: { maxLen: 10 } },
} as const;

/**
 * A job pulled by a worker that died stays active. It is not needed for recovery, which reads rows, but
 * BullMQ's own check, every minute, clears it away.
 */
export const WORKER_DEFAULTS = { autorun: false, lockDuration: 30_000, stalledInterval: 60_000 } as const;
