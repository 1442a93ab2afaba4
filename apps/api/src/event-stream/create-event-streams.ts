import type { ServerResponse } from 'node:http';
import { isPostgresAway, listen, type RememberedRooms } from '@catwalk/infra/postgres';
import type { Caller } from '../authenticate.js';
import type { ApiContext } from '../context.js';
import { ProblemError, unavailable } from '../problem-error.js';
import { type AskedEvents, EventReader, type ReaderOptions } from './event-reader.js';
import { createPresent } from './event-text.js';
import { followLog } from './follow-log.js';
import { limitAtOnce } from './limit-at-once.js';

/** The open streams of events. */
export interface EventStreams {
  /**
   * Answers with events until the stream is over.
   *
   * @throws ProblemError while the client has too many open, and when the API is stopped
   */
  follow(caller: Caller, response: ServerResponse, asked: AskedEvents): Promise<void>;
  /** Ends all with their last words, and opens no more. */
  stop(): Promise<void>;
}

const STREAMS_OF_CLIENT_MAX = 20;
const RETRY_AFTER_SECONDS = 10;
const PATIENCE_MS = 30_000;
const HEARTBEAT_MS = 15_000;
/** Of the connections to the database that all requests share. */
const READS_AT_ONCE = 3;

/** @param times in milliseconds: how long a reader may take nothing, and how often it is shown that the stream lives */
export function createEventStreams(
  context: Pick<ApiContext, 'config' | 'database' | 'logger' | 'outages'>,
  rooms: RememberedRooms,
  times: { readonly patienceMs?: number; readonly heartbeatMs?: number } = {},
): EventStreams {
  const { config, database, logger, outages } = context;
  const present = createPresent(database, rooms, config);
  const onError = (error: unknown) =>
    outages.failed(isPostgresAway(error) ? 'postgres' : 'loop events', error);
  const tail = followLog({
    database,
    present,
    listen: (wake) => listen(config.databaseUrl, { catwalk_published: wake }),
    onWorked: () => outages.worked('postgres'),
    onError,
  });
  const options: ReaderOptions = {
    database,
    tail,
    present,
    inTurn: limitAtOnce(READS_AT_ONCE),
    patienceMs: times.patienceMs ?? PATIENCE_MS,
    heartbeatMs: times.heartbeatMs ?? HEARTBEAT_MS,
    onError,
  };
  const open = new Map<EventReader, string>();
  let stopping = false;
  return {
    async follow({ client }, response, asked) {
      if (stopping) throw unavailable('Catwalk is being stopped');
      requireRoom([...open.values()].filter((one) => one === client).length);
      const reader = new EventReader(options, response, asked);
      open.set(reader, client);
      const startedAt = performance.now();
      try {
        const ended = await reader.run();
        const seconds = Math.round((performance.now() - startedAt) / 1_000);
        logger.info({ client, seconds, ...ended }, 'stream.ended');
      } finally {
        open.delete(reader);
      }
    },
    async stop() {
      stopping = true;
      for (const reader of open.keys()) reader.end('stopping');
      await tail.close();
    },
  };
}

function requireRoom(own: number): void {
  if (own < STREAMS_OF_CLIENT_MAX) return;
  const headers = { 'Retry-After': String(RETRY_AFTER_SECONDS) };
  throw new ProblemError('too_many_requests', `${STREAMS_OF_CLIENT_MAX} streams of this client are open`, {
    headers,
  });
}
