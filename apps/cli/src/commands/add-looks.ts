import { TRY_ON_STATUSES, USAGE_GROUPS } from '@catwalk/contract';
import { type Command, Option } from 'commander';
import { listTryOns } from '../list-try-ons.js';
import { listOf, wholeNumber } from '../parse-option.js';
import type { Run } from '../run-command.js';
import { showAccounts } from '../show-accounts.js';
import { showOne } from '../show-one.js';
import { showStatus } from '../show-status.js';
import { showTimeline } from '../show-timeline.js';
import { showUsage } from '../show-usage.js';
import { showWhy } from '../show-why.js';

/** Commands that only look. */
export function addLooks(program: Command, run: Run): void {
  program
    .command('get')
    .description('a try-on or a batch, as it stands')
    .argument('<id>', 'try_… or bat_…')
    .action(run(showOne));
  program
    .command('why')
    .description('what a try-on or a batch is waiting for, or why it failed')
    .argument('<id>', 'try_… or bat_…')
    .action(run(showWhy));
  program
    .command('timeline')
    .description('everything that happened to a try-on')
    .argument('<id>', 'try_…')
    .action(run(showTimeline));
  addList(program, run);
  program.command('accounts').description('the provider accounts (admin keys)').action(run(showAccounts));
  program
    .command('usage')
    .description('what was submitted and billed')
    .option('--from <time>', 'inclusive; 30 days before the end if absent')
    .option('--to <time>', 'exclusive; the end of this UTC day if absent')
    .option('--by <list>', `grouped: ${USAGE_GROUPS.join(',')}`, listOf(USAGE_GROUPS))
    .action(run(showUsage));
  program.command('status').description('how all of it stands').action(run(showStatus));
}

const LIST_EXAMPLE = `
Example:
  $ npx catwalk list --status failed --batch bat_… --limit 200`;

function addList(program: Command, run: Run): void {
  program
    .command('list')
    .description('the newest try-ons')
    .option('--status <list>', `only these: ${TRY_ON_STATUSES.join(',')}`, listOf(TRY_ON_STATUSES))
    .option('--batch <id>', 'only of this batch')
    .option('--custom-id <id>', 'only with this id of yours')
    .option('--created-after <time>', 'inclusive')
    .option('--created-before <time>', 'exclusive')
    .addOption(new Option('--order <order>', 'oldest or newest first').choices(['asc', 'desc']))
    .option('--limit <n>', 'how many', wholeNumber, 20)
    .addHelpText('after', LIST_EXAMPLE)
    .action(run(listTryOns));
}
