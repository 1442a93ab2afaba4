import { appendFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type AppProcess, startApp, startProcess } from '../../tests/system/app-process.js';
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

/** `doors` is API and webhook app in one. */
export type PartApp = 'api' | 'worker' | 'webhook' | 'doors';

export interface PartOptions {
  readonly app: PartApp;
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly preloads: readonly string[];
  /** What it has written is kept here. */
  readonly logFile: string;
}

const saysStarted: Readonly<Record<PartApp, readonly string[]>> = {
  api: ['api.started'],
  worker: ['worker.started'],
  webhook: ['webhook.started'],
  doors: ['api.started', 'webhook.started'],
};
/** Both HTTP apps in one process, which is up in half the time: for rows that leave them alone. */
const doors = ['--import', mainOf('api').href, fileURLToPath(mainOf('webhook'))];

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
      running =
        options.app === 'doors' ? startProcess(process.execPath, doors, env) : startApp(options.app, env);
      for (const said of saysStarted[options.app]) await running.untilSaid(said, 60_000);
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

function mainOf(app: 'api' | 'webhook'): URL {
  return new URL(`../../apps/${app}/dist/main.js`, import.meta.url);
}

function nodeOptions(preloads: readonly string[]): Record<string, string> {
  if (preloads.length === 0) return {};
  return { NODE_OPTIONS: preloads.map((url) => `--import ${url}`).join(' ') };
}
