import { appendFileSync } from 'node:fs';
import { type AppProcess, startApp } from '../../tests/system/app-process.js';
import { isStopping } from './close-on-signal.js';

/** One process of the system, which may be killed and started again under its own address. */
export interface Part {
  readonly name: string;
  /** Starts it and waits until it says so. */
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Stops it in the middle of everything. */
  freeze(): void;
  thaw(): void;
  /** Resolves when it has ended by itself. */
  ended(): Promise<void>;
  /** From the next start on nothing of this name is loaded before the app. */
  unload(preload: string): void;
  close(): Promise<void>;
}

export interface PartOptions {
  readonly app: 'api' | 'worker' | 'webhook';
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly preloads: readonly string[];
  /** What it has written is kept here. */
  readonly logFile: string;
}

const saysStarted = { api: 'api.started', worker: 'worker.started', webhook: 'webhook.started' };

export function createPart(options: PartOptions): Part {
  let running: AppProcess | undefined;
  let preloads = options.preloads;
  const signal = (name: NodeJS.Signals) => running?.signal(name);
  const end = async (name: NodeJS.Signals) => {
    if (running === undefined) return;
    running.signal('SIGCONT');
    running.signal(name);
    await running.ended();
    appendFileSync(options.logFile, `${running.output()}\n--- ${name}\n`);
    running = undefined;
  };
  return {
    name: options.name,
    start: async () => {
      if (isStopping()) throw new Error('stopped');
      const env = { ...options.env, ...nodeOptions(preloads) };
      running = startApp(options.app, env);
      await running.untilSaid(saysStarted[options.app], 60_000);
    },
    kill: () => end('SIGKILL'),
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    ended: async () => {
      await running?.ended();
      await end('SIGKILL');
    },
    unload: (preload) => {
      preloads = preloads.filter((url) => !url.includes(preload));
    },
    close: () => end('SIGKILL'),
  };
}

function nodeOptions(preloads: readonly string[]): Record<string, string> {
  if (preloads.length === 0) return {};
  return { NODE_OPTIONS: preloads.map((url) => `--import ${url}`).join(' ') };
}
