import type { Account } from '@catwalk/client';
import { tableLines } from './print-table.js';
import { EXIT, type Session } from './session.js';

/** The provider accounts. @returns the exit code */
export async function showAccounts(session: Session): Promise<number> {
  const accounts = await session.catwalk.accounts.list({ signal: session.around.signal });
  session.answer({ data: accounts });
  session.say(
    ...tableLines([
      ['account', 'slots', 'open', 'foreign', 'free', 'credits', 'state'],
      ...accounts.map(rowOf),
    ]),
  );
  return EXIT.fine;
}

function rowOf(account: Account): string[] {
  const { email, maxJobs, open, foreignOpen, free, credits } = account;
  const numbers = [maxJobs, open, foreignOpen, free].map(String);
  return [email, ...numbers, credits === null ? 'unknown' : String(credits), stateOf(account)];
}

function stateOf({ configured, paused, restUntil, shrunk }: Account): string {
  if (!configured) return 'not listed by the provider';
  if (paused !== null) return `paused (${paused.by}): ${paused.reason ?? 'no reason given'}`;
  if (restUntil !== null) return `rests until ${restUntil}`;
  return shrunk === null ? 'active' : `active, with ${shrunk.maxJobs} slots until ${shrunk.until}`;
}
