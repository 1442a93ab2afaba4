import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from '@catwalk/testkit';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A process of ours: what it says, how it ended. */
export interface AppProcess {
  readonly child: ChildProcess;
  /** Everything it has written so far, to stdout and stderr. */
  output(): string;
  /** Resolves when it has written this; fails when it ends without. */
  untilSaid(text: string, timeoutMs?: number): Promise<void>;
  /** Sends a signal to the process and everything it started. */
  signal(name: NodeJS.Signals): void;
  /** Its exit code, or the signal that killed it, and how long that took from now. */
  ended(): Promise<{ code: number | null; signal: string | null; tookMs: number }>;
}

/** Runs one app as `node apps/<app>/dist/main.js`, with these settings and no others. */
export function startApp(app: string, env: Readonly<Record<string, string>>): AppProcess {
  return startProcess(process.execPath, [`apps/${app}/dist/main.js`], env);
}

/** Runs a program in a process group of its own. Settings of the test run itself are not passed on. */
export function startProcess(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): AppProcess {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(program, args, {
    cwd: root,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const closed = once(child, 'close');
  return {
    child,
    output: () => output,
    untilSaid: async (text, timeoutMs = 30_000) => {
      await eventually(
        () => {
          if (output.includes(text) || hasEnded(child)) return;
          throw new Error(`${program} ${args.join(' ')} has not said "${text}" but: ${output}`);
        },
        { timeoutMs },
      );
      if (!output.includes(text)) throw new Error(`${program} ${args.join(' ')} ended: ${output}`);
    },
    signal: (name) => {
      if (child.pid !== undefined && !hasEnded(child)) process.kill(-child.pid, name);
    },
    ended: async () => {
      const startedAt = performance.now();
      await closed;
      return { code: child.exitCode, signal: child.signalCode, tookMs: performance.now() - startedAt };
    },
  };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
