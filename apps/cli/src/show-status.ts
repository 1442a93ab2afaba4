import type { Status } from '@catwalk/client';
import { counted } from './describe-batch.js';
import { printable } from './print-table.js';
import { EXIT, type Session } from './session.js';

/** How all of it stands. @returns the exit code */
export async function showStatus(session: Session): Promise<number> {
  const status = await session.catwalk.status({ signal: session.around.signal });
  session.answer(status);
  session.say(...linesOf(status));
  return EXIT.fine;
}

function linesOf({ mode, version, queue, tryOns, paused, accounts, provider, callbacks }: Status): string[] {
  const mark = mode === 'sandbox' ? 'SANDBOX' : 'LIVE';
  const facts: readonly (readonly [string, string])[] = [
    ['try-ons', counted(tryOns) || 'none'],
    [
      'paused',
      paused === null ? '' : `by ${paused.actor} since ${paused.since}: ${paused.reason ?? 'no reason'}`,
    ],
    ...(accounts ?? []).map(accountOf),
    [
      'provider',
      provider.state === 'up' ? 'up' : `down since ${provider.since}: ${provider.reason ?? 'unknown'}`,
    ],
    ['callbacks', `${callbacks.state}, ${callbacks.receivedLastHour} in the last hour`],
    ['queue', `${queue.backend}, ${queue.state}`],
  ];
  const shown = facts.filter(([, value]) => value !== '');
  return [
    `Catwalk ${version} in ${mark} mode`,
    ...shown.map(([name, value]) => printable(`  ${name.padEnd(10)}${value}`)),
  ];
}

function accountOf(account: NonNullable<Status['accounts']>[number]): readonly [string, string] {
  const { email, maxJobs, open, free, paused } = account;
  const state = paused === null ? `${free} free` : `paused: ${paused.reason ?? paused.by}`;
  return ['account', `${email}, ${open} of ${maxJobs} slots in use, ${state}`];
}
