import type { Command } from 'commander';
import { pickOptions } from '../batch-options.js';
import { CliError } from '../cli-error.js';
import { resumeBatch } from '../resume-batch.js';
import { runBatch } from '../run-batch.js';
import type { Run } from '../run-command.js';

interface RunOptions {
  readonly out: string;
  readonly people?: string;
  readonly garments?: string;
  readonly idempotencyKey?: string;
  readonly yes?: boolean;
}

const MORE = `
It looks what the file would come to, asks, sends it, and fetches pictures as they come. The same
command once more goes on where it was and makes no second batch.
Exit codes: 0 all succeeded, 2 some did not (or it is paused), 1 error.

Examples:
  $ npx catwalk batch run catalogue.csv --out results/
  $ npx catwalk batch run catalogue.csv --out results/ --pilot 20 --max-images 500
  $ npx catwalk batch run catalogue.ndjson --out results/ --yes --json
  $ npx catwalk batch run results/failures.csv --out corrected/`;

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
    .option('--people <folder>', 'local pictures of people (not yet possible)')
    .option('--garments <folder>', 'local pictures of garments (not yet possible)')
    .option('--yes', 'do not ask before it spends')
    .addHelpText('after', MORE)
    .action(
      run<RunOptions>((session, options, file) => {
        const { out, idempotencyKey, yes = false } = options;
        refuseLocalPictures(options);
        if (file === undefined) throw new CliError('say which file to run', 'bad_input');
        return runBatch(session, file, { out, typed: pickOptions({ ...options }), idempotencyKey, yes });
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

function refuseLocalPictures({ people, garments }: RunOptions): void {
  if (people === undefined && garments === undefined) return;
  throw new CliError(
    'pictures on this computer cannot be sent yet, because the provider has to reach them by an address: put them ' +
      'where they have one, and list the addresses in a .csv, or as people and garments in a .json',
    'local_pictures',
  );
}
