import { Command } from 'commander';
import { addBatchControl } from './commands/add-batch-control.js';
import { addBatchResume, addBatchRun } from './commands/add-batch-run.js';
import { addDelete } from './commands/add-delete.js';
import { addEvents } from './commands/add-events.js';
import { addLooks } from './commands/add-looks.js';
import { addSubmit } from './commands/add-submit.js';
import { addDeliveries, addWebhooks } from './commands/add-webhooks.js';
import type { Run } from './run-command.js';
import type { Surroundings } from './session.js';

const MORE = `
Without --url and --key it talks to what \`npm start\` runs here (CATWALK_HOME, else the nearest .catwalk).

Examples:
  $ npx catwalk batch run catalogue.csv --out results/
  $ npx catwalk batch resume --out results/
  $ npx catwalk why try_01a20447a94f74fb841c3d97b548199d
  $ npx catwalk list --status failed --json`;

/** All commands of `catwalk`. */
export function createProgram({ stdout, stderr }: Surroundings, version: string, run: Run): Command {
  const program = new Command('catwalk')
    .description('From a spreadsheet of try-ons to a folder of pictures.')
    .version(version)
    .option('--url <address>', 'the API (else CATWALK_URL)')
    .option('--key <key>', 'its key (else CATWALK_API_KEY, which other users of this machine cannot see)')
    .option('--json', 'answers for programs, on standard output')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .exitOverride()
    .addHelpText('after', MORE);
  const batch = program.command('batch').description('many try-ons at once');
  addBatchRun(batch, run);
  addBatchResume(batch, run);
  addBatchControl(batch, run);
  addSubmit(program, run);
  addLooks(program, run);
  addWebhooks(program, run);
  addDeliveries(program, run);
  addDelete(program, run);
  addEvents(program, run);
  return program;
}
