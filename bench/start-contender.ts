import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A server under test, in a process of its own. */
export interface RunningContender {
  readonly port: number;
  /** CPU time of its process so far. */
  cpuMs(): Promise<number>;
  report(): Promise<unknown>;
  stop(): Promise<void>;
  /** Ends it without a word. */
  kill(): Promise<void>;
}

const SERVER = fileURLToPath(new URL('./serve-contender.ts', import.meta.url));

/**
 * Starts a contender and waits until it listens. What it logs goes nowhere, but is written: `BENCH_PROFILE`
 * names a folder for CPU profiles.
 */
export async function startContender(
  name: string,
  env: Readonly<Record<string, string>>,
): Promise<RunningContender> {
  const folder = process.env.BENCH_PROFILE;
  const profile = folder ? ['--cpu-prof', `--cpu-prof-dir=${folder}/${name}`] : [];
  const child = fork(SERVER, [name], {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    execArgv: ['--import', 'tsx', ...profile],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const gone = once(child, 'exit').then((): never => {
    throw new Error(`the process of ${name} ended`);
  });
  gone.catch(() => undefined);
  const ask = async (question: string): Promise<unknown> => {
    child.send(question);
    const [answer] = await Promise.race([once(child, 'message'), gone]);
    return answer;
  };
  const port = Number(await ask('port'));
  return {
    port,
    cpuMs: async () => Number(await ask('cpu')),
    report: () => ask('report'),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.send('stop');
      await gone.catch(() => undefined);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await gone.catch(() => undefined);
    },
  };
}
