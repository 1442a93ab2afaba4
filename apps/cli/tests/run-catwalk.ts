import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from '@catwalk/testkit';

const bin = fileURLToPath(new URL('../bin/catwalk.mjs', import.meta.url));

/** A run of the built `catwalk` without a terminal, as a cron job would. */
export interface CatwalkRun {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  untilSaid(text: string): Promise<void>;
  /** Its exit code. */
  ended(): Promise<number | null>;
}

export function startCatwalk(
  cwd: string,
  env: Readonly<Record<string, string>>,
  ...typed: readonly string[]
): CatwalkRun {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [bin, ...typed], {
    cwd,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  const closed = once(child, 'close');
  return {
    child,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    untilSaid: (text) =>
      eventually(() => {
        if (!`${said.stdout}${said.stderr}`.includes(text)) throw new Error(`not said: ${text}`);
      }),
    ended: async () => {
      await closed;
      return child.exitCode;
    },
  };
}

/** Runs it to its end. */
export async function runCatwalk(
  cwd: string,
  env: Readonly<Record<string, string>>,
  ...typed: readonly string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const run = startCatwalk(cwd, env, ...typed);
  const code = await run.ended();
  return { code, stdout: run.stdout(), stderr: run.stderr() };
}
