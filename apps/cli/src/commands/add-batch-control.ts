import { BATCH_STATES, PRIORITIES, RESULT_FORMATS, RESULT_STATUSES } from '@catwalk/contract';
import { Argument, type Command, Option } from 'commander';
import { changeBatch } from '../change-batch.js';
import { findBatchId } from '../find-batch-id.js';
import { listBatches } from '../list-batches.js';
import { listOf, wholeNumber } from '../parse-option.js';
import { printResults, type ResultsWanted } from '../print-results.js';
import { retryFailed } from '../retry-failed.js';
import type { Run } from '../run-command.js';
import { unpauseBatch } from '../unpause-batch.js';

interface Which {
  readonly out?: string;
}

interface Spending extends Which {
  readonly yes?: boolean;
}

/** Everything about a batch that is there. */
export function addBatchControl(batch: Command, run: Run): void {
  for (const [name, description] of [
    ['status', 'how a batch stands'],
    ['cancel', 'submit nothing more; what is in flight is kept'],
    ['pause', 'submit nothing more until `unpause` or `resume`'],
  ] as const)
    about(batch, name, description).action(
      run<Which>(async (session, { out }, id) =>
        changeBatch(session, name, await findBatchId(session, id, out)),
      ),
    );
  addSpending(batch, run);
  addPriority(batch, run);
  addResults(batch, run);
  addList(batch, run);
}

/** Commands about one batch take its id, or the folder of its run. */
function about(batch: Command, name: string, description: string): Command {
  return batch
    .command(name)
    .description(description)
    .argument('[id]', 'the batch')
    .option('--out <folder>', 'instead of the id: the folder of its run');
}

function addSpending(batch: Command, run: Run): void {
  for (const { name, description, act } of [
    {
      name: 'unpause',
      description: 'let a paused batch go on, without fetching pictures',
      act: unpauseBatch,
    },
    {
      name: 'retry-failed',
      description: 'submit again what failed, where that cannot be billed twice',
      act: retryFailed,
    },
  ])
    about(batch, name, description)
      .option('--yes', 'do not ask before it spends')
      .action(
        run<Spending>(async (session, { yes = false, out }, id) =>
          act(session, await findBatchId(session, id, out), yes),
        ),
      );
}

function addPriority(batch: Command, run: Run): void {
  batch
    .command('priority')
    .description('change the priority of all that is not yet submitted')
    .argument('<id>', 'the batch')
    .addArgument(new Argument('<priority>').choices(PRIORITIES))
    .action(
      run((session, _, id = '', priority) => {
        const wanted = PRIORITIES.find((one) => one === priority) ?? 'normal';
        return changeBatch(session, { priority: wanted }, id);
      }),
    );
}

const RESULTS_EXAMPLE = `
Example:
  $ npx catwalk batch results --out results/ --format csv --status failed > failures.csv`;

function addResults(batch: Command, run: Run): void {
  about(batch, 'results', 'print what has ended so far')
    .addOption(new Option('--format <format>', 'how').choices(RESULT_FORMATS).default('ndjson'))
    .option('--status <list>', `only these: ${RESULT_STATUSES.join(',')}`, listOf(RESULT_STATUSES))
    .option('--after <position>', 'only what ended behind this position')
    .addHelpText('after', RESULTS_EXAMPLE)
    .action(
      run<Which & ResultsWanted>(async (session, { out, ...wanted }, id) =>
        printResults(session, await findBatchId(session, id, out), wanted),
      ),
    );
}

function addList(batch: Command, run: Run): void {
  batch
    .command('list')
    .description('the newest batches')
    .addOption(new Option('--state <state>', 'only in this state').choices(BATCH_STATES))
    .option('--limit <n>', 'how many', wholeNumber, 20)
    .action(run(listBatches));
}
