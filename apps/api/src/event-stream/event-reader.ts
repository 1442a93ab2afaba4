import type { ServerResponse } from 'node:http';
import {
  type Database,
  type EventFilter,
  type EventRow,
  listEvents,
  type Viewer,
} from '@catwalk/infra/postgres';
import { endText, heartbeatText, type PresentEvents, positionText } from './event-text.js';
import type { LogReader, LogTail, ToldEvent } from './follow-log.js';

/** What a reader asks for. */
export interface AskedEvents {
  readonly viewer: Viewer;
  readonly filter: EventFilter;
  readonly after: bigint;
}

export interface ReaderOptions {
  readonly database: Database;
  readonly tail: LogTail;
  readonly present: PresentEvents;
  /** Lets few read old events at once: everybody else needs the database too. */
  readonly inTurn: <Result>(read: () => Promise<Result>) => Promise<Result>;
  readonly patienceMs: number;
  readonly heartbeatMs: number;
  readonly onError: (error: unknown) => void;
}

/** `gone`: the client went away by itself. */
export type EndReason = 'gone' | keyof typeof LAST_WORDS;

const LAST_WORDS = {
  too_slow: 'Nothing was taken for too long: come back with Last-Event-ID',
  stopping: 'Catwalk is being stopped: come back with Last-Event-ID',
  unavailable: 'The database cannot be read now: come back with Last-Event-ID',
} as const;

const PAGE = 100;
/** More that a reader has not taken yet takes it off the tail: it goes on page by page, as fast as it takes them. */
const BUFFERED_MAX_BYTES = 262_144;
/** Whoever takes nothing will hardly take the last words. */
const LAST_WORDS_MS = 3_000;

/**
 * One open stream. It catches up by pages of its own, as fast as they are taken, then joins the tail that all share,
 * and goes back to pages of its own when more is buffered than it takes. It is cut off when it takes nothing at all.
 */
export class EventReader implements LogReader {
  readonly #options: ReaderOptions;
  readonly #response: ServerResponse;
  readonly #asked: AskedEvents;
  #position: bigint;
  /** What the tail handed out while the last page of its own was read; null: it is sent at once. */
  #pending: { events: readonly ToldEvent[]; readTo: bigint }[] | null = [];
  #wake: () => void = () => undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #ended: EndReason | null = null;
  #sent = 0;
  #fellBehind = 0;

  constructor(options: ReaderOptions, response: ServerResponse, asked: AskedEvents) {
    this.#options = options;
    this.#response = response;
    this.#asked = asked;
    this.#position = asked.after;
  }

  /**
   * Answers until it is over. What fails before the answer begins is thrown, what fails later ends it.
   *
   * @returns why it ended, and what was sent
   */
  async run(): Promise<{ reason: EndReason; events: number; fellBehind: number }> {
    let page = await this.#readPage();
    this.#begin();
    try {
      for (;;) {
        await this.#catchUp(page);
        await this.#untilBehind();
        if (this.#ended !== null) break;
        page = await this.#readPage();
      }
    } catch (error) {
      // Where it had ended already nobody waits for that page any more.
      if (this.#ended === null) this.#options.onError(error);
      this.end('unavailable');
    }
    return { reason: this.#ended ?? 'gone', events: this.#sent, fellBehind: this.#fellBehind };
  }

  /** Ends it, with its reason as the last words. */
  end(reason: EndReason): void {
    if (this.#ended !== null) return;
    this.#ended = reason;
    clearInterval(this.#heartbeat);
    this.#options.tail.leave(this);
    if (this.#response.headersSent) this.#sayLastWords(reason);
    this.#wake();
  }

  wants({ client, type, batchId, tryOnId }: EventRow): boolean {
    const { viewer, filter } = this.#asked;
    return (
      (viewer === null || client === viewer) &&
      (filter.types === null || filter.types.includes(type)) &&
      (filter.batchId === null || batchId === filter.batchId) &&
      (filter.tryOnId === null || tryOnId === filter.tryOnId)
    );
  }

  take(events: readonly ToldEvent[], readTo: bigint): void {
    if (this.#ended !== null) return;
    if (this.#pending !== null) {
      this.#pending.push({ events, readTo });
      return;
    }
    this.#send(events, readTo);
    if (this.#response.writableLength <= BUFFERED_MAX_BYTES) return;
    this.#fellBehind += 1;
    this.#leaveTail();
    this.#wake();
  }

  #begin(): void {
    const response = this.#response;
    response.once('close', () => this.end('gone'));
    response.on('drain', () => this.#wake());
    // Also a part of a write that leaves counts.
    response.setTimeout(this.#options.patienceMs, () => {
      if (response.writableLength > 0) this.end('too_slow');
    });
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
      'X-Content-Type-Options': 'nosniff',
    });
    if (response.destroyed || response.req.method === 'HEAD') this.#ended ??= 'gone';
    if (this.#ended === null) this.#greet();
    else this.#sayLastWords(this.#ended);
  }

  #greet(): void {
    this.#write(positionText(this.#position));
    this.#heartbeat = setInterval(() => {
      if (this.#response.writableLength === 0) this.#write(heartbeatText(this.#position));
    }, this.#options.heartbeatMs);
  }

  #sayLastWords(reason: EndReason): void {
    const response = this.#response;
    if (response.destroyed) return;
    if (reason === 'gone') response.end();
    else response.end(endText({ reason, detail: LAST_WORDS[reason] }));
    const cut = setTimeout(() => response.destroy(), LAST_WORDS_MS);
    response.once('close', () => clearTimeout(cut));
  }

  /** Reads own pages until the tail can take over. What the tail hands out is behind where it was joined. */
  async #catchUp(first: PageTexts): Promise<void> {
    let page = first;
    let joinedAt: bigint | null = null;
    for (;;) {
      this.#send(page.events, page.readTo);
      const isLevel = !page.hasMore && !this.#response.writableNeedDrain;
      if (joinedAt !== null && isLevel) return this.#goLive(joinedAt);
      this.#leaveTail();
      await this.#untilDrained();
      joinedAt = page.hasMore || this.#ended !== null ? null : await this.#options.tail.join(this);
      if (this.#ended !== null) return this.#leaveTail();
      page = await this.#readPage();
    }
  }

  #goLive(joinedAt: bigint): void {
    if (joinedAt > this.#position) this.#position = joinedAt;
    const pending = this.#pending ?? [];
    this.#pending = null;
    for (const { events, readTo } of pending) this.take(events, readTo);
  }

  #leaveTail(): void {
    this.#options.tail.leave(this);
    this.#pending = [];
  }

  async #readPage(): Promise<PageTexts> {
    const { database, present, inTurn } = this.#options;
    return inTurn(async () => {
      const { viewer, filter } = this.#asked;
      const page = await listEvents(database, viewer, { after: this.#position, limit: PAGE, filter });
      const told = await present(page.rows);
      return { ...page, events: page.rows.flatMap((row) => told.get(row) ?? []) };
    });
  }

  #send(events: readonly ToldEvent[], readTo: bigint): void {
    const fresh = events.filter(({ position }) => position > this.#position);
    if (readTo > this.#position) this.#position = readTo;
    this.#sent += fresh.length;
    if (fresh.length > 0) this.#write(fresh.map(({ text }) => text).join(''));
  }

  #write(text: string): void {
    if (this.#ended === null) this.#response.write(text);
  }

  /** Resolves when nothing is buffered any more, or it has ended. */
  async #untilDrained(): Promise<void> {
    while (this.#ended === null && this.#response.writableNeedDrain) await this.#untilWoken();
  }

  async #untilBehind(): Promise<void> {
    while (this.#ended === null && this.#pending === null) await this.#untilWoken();
    await this.#untilDrained();
  }

  #untilWoken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

interface PageTexts {
  readonly events: readonly ToldEvent[];
  readonly readTo: bigint;
  readonly hasMore: boolean;
}
