import { CommanderError } from 'commander';
import { createProgram } from './create-program.js';
import { runner } from './run-command.js';
import { EXIT, type Surroundings } from './session.js';

/** Runs what was typed. @returns the exit code */
export async function runCli(
  typed: readonly string[],
  version: string,
  around: Surroundings,
): Promise<number> {
  let exitCode: number = EXIT.fine;
  const run = runner(around, (code) => {
    exitCode = code;
  });
  try {
    await createProgram(around, version, run).parseAsync(typed, { from: 'user' });
    return exitCode;
  } catch (error) {
    // It has said itself what was wrong with the arguments, or shown its help.
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  }
}
