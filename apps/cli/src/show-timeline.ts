import type { TimelineEntry } from '@catwalk/client';
import { tableLines } from './print-table.js';
import { EXIT, type Session } from './session.js';

/** Everything that happened to a try-on. @returns the exit code */
export async function showTimeline(session: Session, _: unknown, id = ''): Promise<number> {
  const entries: TimelineEntry[] = [];
  for await (const entry of session.catwalk.tryOns.timeline(id, {
    limit: 200,
    signal: session.around.signal,
  }))
    entries.push(entry);
  session.answer({ data: entries });
  session.say(...tableLines([['at', 'what', 'by', 'attempt', 'more'], ...entries.map(rowOf)]));
  return EXIT.fine;
}

/** A look at the exchanges themselves is what `--json` is for. */
const MORE_MAX = 120;

function rowOf({ at, kind, actor, attempt, data }: TimelineEntry): string[] {
  const more = Object.entries(data)
    .filter(([, value]) => value !== null && typeof value !== 'object')
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');
  const shown = more.length > MORE_MAX ? `${more.slice(0, MORE_MAX)}…` : more;
  return [at, kind, actor, attempt === null ? '' : String(attempt), shown];
}
