import type { Command } from 'commander';
import { deleteTryOn } from '../delete-try-on.js';
import type { Run } from '../run-command.js';

/** The command that cannot be taken back. */
export function addDelete(program: Command, run: Run): void {
  program
    .command('delete')
    .description('removes a try-on for good, down to its bill')
    .argument('<id>', 'try_…')
    .action(run(deleteTryOn));
}
