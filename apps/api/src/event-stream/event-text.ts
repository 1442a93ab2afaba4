import { STREAM_END, type StreamEnd } from '@catwalk/contract';
import type { Database, EventRow, RememberedRooms } from '@catwalk/infra/postgres';
import { presentEvents } from '@catwalk/presenters';
import type { ApiConfig } from '../config.js';
import type { ToldEvent } from './follow-log.js';

/** Makes the text of events. They keep their order; each is made once, whoever gets it. */
export type PresentEvents = (rows: readonly EventRow[]) => Promise<ReadonlyMap<EventRow, ToldEvent>>;

/** Events as server-sent ones. JSON has no line breaks of its own. */
export function createPresent(
  database: Database,
  rooms: RememberedRooms,
  { mode, imagePrice }: Pick<ApiConfig, 'mode' | 'imagePrice'>,
): PresentEvents {
  return async (rows) => {
    if (rows.length === 0) return new Map();
    const surroundings = { rooms: await rooms.read(), livemode: mode === 'live', imagePrice };
    const events = await presentEvents(database, rows, surroundings);
    return new Map(
      rows.map((row, n) => {
        const text = `id: ${row.position}\nevent: ${row.type}\ndata: ${JSON.stringify(events[n])}\n\n`;
        return [row, { position: row.position, text }];
      }),
    );
  };
}

/** Where one is: whoever comes back with it goes on behind it. It is no event. */
export function positionText(position: bigint): string {
  return `id: ${position}\n\n`;
}

/** What shows that the connection lives, where else nothing is sent. */
export function heartbeatText(position: bigint): string {
  return `: still here\n${positionText(position)}`;
}

/** The last words. Without an id, so that the position before it stays. */
export function endText(end: StreamEnd): string {
  return `event: ${STREAM_END}\ndata: ${JSON.stringify(end)}\n\n`;
}
