import type { Command } from 'commander';
import { pickOptions } from '../batch-options.js';
import { CliError } from '../cli-error.js';
import { resumeBatch } from '../resume-batch.js';
import { type RunFrom, runBatch } from '../run-batch.js';
import type { Run } from '../run-command.js';

interface RunOptions {
  readonly out: string;
  readonly people?: string;
  readonly garments?: string;
  readonly idempotencyKey?: string;
  readonly yes?: boolean;
}

const MORE = `
It looks what the file, or every person in every garment, would come to, asks, sends it, and
fetches pictures as they come. The same command once more goes on where it was and makes no second
batch.
Exit codes: 0 all succeeded, 2 some did not (or it is paused), 1 error.

Examples:
  $ npx catwalk batch run catalogue.csv --out results/
  $ npx catwalk batch run catalogue.csv --out results/ --pilot 20 --max-images 500
  $ npx catwalk batch run catalogue.ndjson --out results/ --yes --json
  $ npx catwalk batch run results/failures.csv --out corrected/
  $ npx catwalk batch run --people people/ --garments garments/ --out results/`;

export function addBatchRun(batch: Command, run: Run): void {
  batch
    .command('run')
    .description('from a file to a folder of pictures')
    .argument('[file]', 'a .csv, .ndjson, .jsonl or .json file of try-ons')
    .requiredOption('--out <folder>', 'where pictures and results go')
    .option('--pilot <n>', 'submit so many first, then wait for `batch resume`')
    .option(
      '--pause-on-failures <rule>',
      'pause when such a part of so many failed, or off (default: 0.3,30)',
    )
    .option('--max-images <n>', 'images that may be submitted in all; what is over waits')
    .option('--expires-at <time>', 'what is not submitted by then fails unbilled')
    .option('--priority <priority>', 'high, normal or low')
    .option('--idempotency-key <key>', 'instead of that of the file: another one makes the same once more')
    .option('--copy-inputs', 'copy the pictures soon: their addresses do not live as long as the queue')
    .option('--people <folder>', 'instead of a file: pictures of people on this computer')
    .option('--garments <folder>', 'and of garments: in dresses/, uppers/ and lowers/, or named so')
    .option('--yes', 'do not ask before it spends')
    .addHelpText('after', MORE)
    .action(
      run<RunOptions>((session, options, file) => {
        const { out, idempotencyKey, yes = false } = options;
        const typed = pickOptions({ ...options });
        return runBatch(session, sourceOf(file, options), { out, typed, idempotencyKey, yes });
      }),
    );
}

export function addBatchResume(batch: Command, run: Run): void {
  batch
    .command('resume')
    .description('go on with an interrupted run, or with a paused batch')
    .argument('[id]', 'the batch, where the folder does not know it')
    .requiredOption('--out <folder>', 'the folder of the run')
    .option('--yes', 'do not ask before the rest of a paused batch is submitted')
    .addHelpText('after', '\nExample:\n  $ npx catwalk batch resume --out results/')
    .action(
      run<{ out: string; yes?: boolean }>((session, { out, yes = false }, id) =>
        resumeBatch(session, id, { out, yes }),
      ),
    );
}

function sourceOf(file: string | undefined, { people, garments }: RunOptions): RunFrom {
  if (file !== undefined && (people !== undefined || garments !== undefined))
    throw new CliError('say either a file, or --people and --garments', 'bad_input');
  if (file !== undefined) return { file };
  if (people !== undefined && garments !== undefined) return { people, garments };
  if (people === undefined && garments === undefined)
    throw new CliError('say which file to run, or --people and --garments', 'bad_input');
  throw new CliError('--people and --garments belong together', 'bad_input');
}
