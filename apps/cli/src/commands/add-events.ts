import { EVENT_TYPES } from '@catwalk/contract';
import type { Command } from 'commander';
import { forwardEvents } from '../forward-events.js';
import { listOf, positionNumber, wholeNumber } from '../parse-option.js';
import type { Run } from '../run-command.js';
import { showEvents } from '../show-events.js';

const LISTEN_MORE = `
Each event is posted as a webhook would be (webhook-id, webhook-timestamp, webhook-signature), one after
the other. A secret is made and shown where none is given; CATWALK_WEBHOOK_SECRET does the same as
--secret, and other users of this machine cannot see it. A connection that is refused is tried again for
some eight seconds; whatever else the address answers is printed, and not sent again.

Example:
  $ npx catwalk listen --forward-to http://localhost:4000/hook --types batch.finished`;

/** What happens, to be looked at or sent on. */
export function addEvents(program: Command, run: Run): void {
  about(program.command('events'), 'what has happened, oldest first')
    .option('--follow', 'what happens, as it happens; with --json one event in each line')
    .option('--limit <n>', 'how many', wholeNumber, 200)
    .addHelpText('after', '\nExample:\n  $ npx catwalk events --follow --types try_on.succeeded')
    .action(run(showEvents));
  about(program.command('listen'), 'send events to an address of your own as they happen')
    .requiredOption('--forward-to <address>', 'where to, such as http://localhost:4000/hook')
    .option('--secret <whsec_…>', 'what signs them (else CATWALK_WEBHOOK_SECRET, else a new one)')
    .addHelpText('after', LISTEN_MORE)
    .action(run(forwardEvents));
}

function about(command: Command, description: string): Command {
  return command
    .description(description)
    .option('--types <list>', 'only these, such as try_on.succeeded,try_on.failed', listOf(EVENT_TYPES))
    .option('--batch <id>', 'only of this batch and its try-ons')
    .option('--try-on <id>', 'only of this try-on')
    .option('--after <position>', 'only what stands behind this position', positionNumber);
}
