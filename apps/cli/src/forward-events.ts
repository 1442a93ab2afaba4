import { randomBytes } from 'node:crypto';
import type { Event } from '@catwalk/client';
import { Webhook } from 'standardwebhooks';
import { CliError } from './cli-error.js';
import { type Posted, postEvent } from './post-event.js';
import { printable } from './print-table.js';
import { EXIT, type Session } from './session.js';
import { type EventsTyped, filterOf } from './show-events.js';

interface Wanted extends EventsTyped {
  readonly forwardTo: string;
  readonly secret?: string;
}

/** Sends events, as they happen, to an address of one's own, signed like webhooks. @returns the exit code */
export async function forwardEvents(session: Session, wanted: Wanted): Promise<number> {
  const { env, signal, stdout } = session.around;
  const to = addressOf(wanted.forwardTo);
  const given = wanted.secret ?? env.CATWALK_WEBHOOK_SECRET;
  const webhook = webhookOf(given ?? tellNewSecret(session));
  let last = wanted.after;
  const tell = (event: Event, posted: Posted) => {
    const { id, type, position } = event;
    const line = session.json ? JSON.stringify({ position, id, type, ...posted }) : lineOf(event, posted);
    stdout.write(`${line}\n`);
    last = position;
  };
  session.note(`sending events to ${to}, until Ctrl-C`);
  try {
    for await (const event of session.catwalk.events.follow({
      ...filterOf(wanted),
      after: wanted.after,
      signal,
    }))
      tell(event, await postEvent(event, { to, webhook, signal }));
    return EXIT.fine;
  } finally {
    if (last !== undefined) session.note(`go on with --after ${last}`);
  }
}

function addressOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^https?:$/.test(url.protocol)) return url.href;
  throw new CliError(
    '--forward-to is an http or https address, such as http://localhost:4000/hook',
    'bad_input',
  );
}

function webhookOf(secret: string): Webhook {
  const bytes = /^whsec_[A-Za-z0-9+/]+={0,2}$/.test(secret)
    ? Buffer.from(secret.slice(6), 'base64').length
    : 0;
  if (bytes < 24 || bytes > 64)
    throw new CliError('the secret is whsec_ and 24 to 64 bytes in base64', 'bad_input');
  return new Webhook(secret);
}

/** Shown once, and kept nowhere. */
function tellNewSecret(session: Session): string {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  if (session.json) session.around.stdout.write(`${JSON.stringify({ secret })}\n`);
  session.say(`signed with ${secret}`);
  return secret;
}

function lineOf({ position, type, id }: Event, { status, ms, error }: Posted): string {
  const outcome = status ?? error ?? '';
  return printable(`${String(position).padStart(7)}  ${type.padEnd(18)}  ${id}  ${outcome}  ${ms} ms`);
}
