import {
  type Database,
  type EventRow,
  type Listener,
  listEvents,
  readLastPosition,
} from '@catwalk/infra/postgres';
import type { PresentEvents } from './event-text.js';

/** Somebody who is handed what is new in the log. */
export interface LogReader {
  wants(row: EventRow): boolean;
  /**
   * @param events those that it wants, in their order
   * @param readTo the position up to which that is all
   */
  take(events: readonly ToldEvent[], readTo: bigint): void;
}

/** An event as it is sent to everybody who may see it. */
export interface ToldEvent {
  readonly position: bigint;
  readonly text: string;
}

/** The end of the log, read once for all who follow it. */
export interface LogTail {
  /** Resolves with the position behind which the reader is handed everything that it wants. */
  join(reader: LogReader): Promise<bigint>;
  leave(reader: LogReader): void;
  close(): Promise<void>;
}

export interface TailOptions {
  readonly database: Database;
  readonly present: PresentEvents;
  /** Calls back when there are new events, and now and then without any. Asked for with the first reader. */
  readonly listen: (wake: () => void) => Listener;
  readonly onWorked: () => void;
  readonly onError: (error: unknown) => void;
}

/** Behind every notification stands a poll. */
const POLL_MS = 1_000;
const PAGE = 200;
const EVERYTHING = { types: null, batchId: null, tryOnId: null };

/** Nothing is read while nobody follows. */
export function followLog(options: TailOptions): LogTail {
  return new Tail(options);
}

interface Joining {
  readonly reader: LogReader;
  readonly joined: (position: bigint) => void;
  readonly failed: (error: unknown) => void;
}

class Tail implements LogTail {
  readonly #options: TailOptions;
  readonly #readers = new Set<LogReader>();
  #joining: Joining[] = [];
  /** All up to it was handed out; null while nobody follows. */
  #position: bigint | null = null;
  #reading: Promise<void> | undefined;
  #again = false;
  #listener: Listener | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: TailOptions) {
    this.#options = options;
  }

  join(reader: LogReader): Promise<bigint> {
    return new Promise((joined, failed) => {
      if (this.#closed) throw closed();
      this.#joining.push({ reader, joined, failed });
      const wake = () => this.#wake();
      this.#listener ??= this.#options.listen(wake);
      this.#timer ??= setInterval(wake, POLL_MS);
      wake();
    });
  }

  leave(reader: LogReader): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0 || this.#joining.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const { failed } of this.#joining.splice(0)) failed(closed());
    await Promise.all([this.#listener?.close(), this.#reading]);
  }

  #wake(): void {
    this.#again = true;
    if (this.#closed || this.#readers.size + this.#joining.length === 0) return;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
      // Whoever came at the very last moment.
      if (this.#again) this.#wake();
    });
  }

  async #read(): Promise<void> {
    try {
      for (let more = true; (more || this.#again) && !this.#closed; ) {
        this.#again = false;
        more = await this.#readPage();
      }
      this.#options.onWorked();
    } catch (error) {
      this.#again = false;
      for (const { failed } of this.#joining.splice(0)) failed(error);
      this.#options.onError(error);
    }
  }

  /** @returns whether there is more */
  async #readPage(): Promise<boolean> {
    const { database, present } = this.#options;
    if (this.#readers.size === 0) this.#position = null;
    if (this.#readers.size === 0 && this.#joining.length === 0) return false;
    this.#position ??= await readLastPosition(database, null);
    this.#admit(this.#position);
    const page = await listEvents(database, null, {
      after: this.#position,
      limit: PAGE,
      filter: EVERYTHING,
    });
    const shares = [...this.#readers].map((reader) => ({
      reader,
      rows: page.rows.filter((row) => reader.wants(row)),
    }));
    const told = await present([...new Set(shares.flatMap(({ rows }) => rows))]);
    this.#position = page.readTo;
    for (const { reader, rows } of shares)
      if (this.#readers.has(reader))
        reader.take(
          rows.flatMap((row) => told.get(row) ?? []),
          page.readTo,
        );
    return page.hasMore;
  }

  /** Between two pages, so that a reader gets whole ones. */
  #admit(position: bigint): void {
    for (const { reader, joined } of this.#joining.splice(0)) {
      this.#readers.add(reader);
      joined(position);
    }
  }
}

function closed(): Error {
  return new Error('the log is no longer followed');
}
