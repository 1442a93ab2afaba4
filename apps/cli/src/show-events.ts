import type { Event, EventFilter } from '@catwalk/client';
import { printable } from './print-table.js';
import { EXIT, type Session } from './session.js';
import { takeFirst } from './take-first.js';

/** What was typed of which events. */
export interface EventsTyped {
  readonly types?: EventFilter['types'];
  readonly batch?: string;
  readonly tryOn?: string;
  readonly after?: number;
}

interface Wanted extends EventsTyped {
  readonly follow?: boolean;
  readonly limit: number;
}

/** Events that have happened, or with `follow` those that happen. @returns the exit code */
export async function showEvents(session: Session, wanted: Wanted): Promise<number> {
  if (wanted.follow === true) return followEvents(session, wanted);
  const { after, limit } = wanted;
  const { signal } = session.around;
  const pages = session.catwalk.events.list({
    ...filterOf(wanted),
    after,
    limit: Math.min(limit, 200),
    signal,
  });
  const events = await takeFirst(pages, limit);
  session.answer({ data: events });
  session.say(...events.map(lineOf));
  const last = events.at(-1);
  if (events.length === limit && last !== undefined) session.note(`go on with --after ${last.position}`);
  return EXIT.fine;
}

/** As NDJSON with `--json`, since it does not end. */
async function followEvents(session: Session, wanted: EventsTyped): Promise<number> {
  const { signal, stdout } = session.around;
  let last = wanted.after;
  try {
    for await (const event of session.catwalk.events.follow({
      ...filterOf(wanted),
      after: wanted.after,
      signal,
    })) {
      stdout.write(`${session.json ? JSON.stringify(event) : lineOf(event)}\n`);
      last = event.position;
    }
    return EXIT.fine;
  } finally {
    if (last !== undefined) session.note(`go on with --after ${last}`);
  }
}

/** What the API calls it. */
export function filterOf({ types, batch, tryOn }: EventsTyped): EventFilter {
  return { types, batchId: batch, tryOnId: tryOn };
}

function lineOf({ position, createdAt, type, tryOnId, batchId, account, details }: Event): string {
  const of = tryOnId ?? batchId ?? account ?? '';
  const more = Object.entries(details)
    .filter(([, value]) => value !== null && typeof value !== 'object')
    .map(([name, value]) => `${name}=${String(value)}`);
  const cells = [String(position).padStart(7), createdAt, type.padEnd(18), of, ...more];
  return printable(cells.join('  ')).trimEnd();
}
