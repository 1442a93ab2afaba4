import { DELIVERY_STATES, EVENT_TYPES } from '@catwalk/contract';
import type { Command } from 'commander';
import { listOf, wholeNumber } from '../parse-option.js';
import type { Run } from '../run-command.js';
import { listDeliveries, redeliver } from '../show-deliveries.js';
import {
  createWebhook,
  deleteWebhook,
  enableWebhook,
  listWebhooks,
  rotateWebhook,
  testWebhook,
} from '../show-webhooks.js';

const WEBHOOKS_EXAMPLE = `
Example:
  $ npx catwalk webhooks create https://shop.example/hooks/catwalk --types try_on.succeeded,try_on.failed
  $ npx catwalk webhooks test whe_…`;

/** Where events are sent to. */
export function addWebhooks(program: Command, run: Run): void {
  const webhooks = program
    .command('webhooks')
    .description('where events are sent to')
    .addHelpText('after', WEBHOOKS_EXAMPLE);
  webhooks.command('list').description('your webhook endpoints').action(run(listWebhooks));
  webhooks
    .command('create')
    .description('send events there from now on; shows the secret that signs them, once')
    .argument('<url>', 'where to')
    .option('--types <list>', `only these: ${EVENT_TYPES.join(',')}`, listOf(EVENT_TYPES))
    .option('--description <text>', 'for you')
    .option('--all-clients', 'the events of all clients (admin keys)')
    .action(run(createWebhook));
  for (const [name, description, act] of [
    ['delete', 'send nothing there any more', deleteWebhook],
    ['enable', 'after it was disabled: what waits for it goes now', enableWebhook],
    ['rotate', 'a new secret, shown once; for 24 hours the old one signs too', rotateWebhook],
    ['test', 'send a test event and say what came of it', testWebhook],
  ] as const)
    webhooks.command(name).description(description).argument('<id>', 'whe_…').action(run(act));
}

const DELIVERIES_EXAMPLE = `
Example:
  $ npx catwalk deliveries list --state failed
  $ npx catwalk deliveries redeliver whe_… --since 2026-12-01T00:00:00Z`;

/** What was sent, and how that went. */
export function addDeliveries(program: Command, run: Run): void {
  const deliveries = program
    .command('deliveries')
    .description('what was sent to endpoints and replyUrls')
    .addHelpText('after', DELIVERIES_EXAMPLE);
  deliveries
    .command('list')
    .description('the newest deliveries')
    .option('--endpoint <id>', 'only to this endpoint')
    .option('--try-on <id>', 'only of this try-on')
    .option('--state <list>', `only these: ${DELIVERY_STATES.join(',')}`, listOf(DELIVERY_STATES))
    .option('--limit <n>', 'how many', wholeNumber, 20)
    .action(run(listDeliveries));
  deliveries
    .command('redeliver')
    .description('send a delivery again, or to an endpoint all that did not arrive since a time')
    .argument('<id>', 'del_…, or whe_… with --since')
    .option('--since <time>', 'with whe_…: inclusive')
    .option('--delivered', 'with --since: what arrived too')
    .action(run(redeliver));
}
