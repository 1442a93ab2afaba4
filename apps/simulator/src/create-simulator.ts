import { setMaxListeners } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Logger, pino } from 'pino';
import { type AccountPatch, type AccountSetting, createAccounts, occupySlot } from './accounts.js';
import { announceEnd } from './announce-task.js';
import { createApp } from './app.js';
import { type Bill, countUp, createLedger, inputKey } from './bill.js';
import type { SimulatorContext } from './context.js';
import { createDialBoard, type Dials, type DialsPatch } from './dials.js';
import { createDraw } from './draw.js';
import { type JournalContents, openJournal } from './journal.js';
import { listenOnLoopback } from './listen-on-loopback.js';
import { createPictureDesk } from './pictures/picture-desk.js';
import { createCallbackPoster } from './post-callback.js';
import { runTask } from './run-task.js';
import { createSchedule } from './schedule.js';
import { type Idle, readBill, readIdle, resetSimulator } from './steer-simulator.js';
import { createTaskBook, isFinal, type Task } from './task.js';

export type SimulatorOptions = {
  /** 0: any free one. Default 4312. */
  port?: number;
  /** A port that is taken gives way to the next free one. Default false. */
  portMayMove?: boolean;
  /** The bearer token to insist on. Default `sandbox`. */
  token?: string;
  /** The same seed gives the same run. Default `catwalk`. */
  seed?: string;
  /** Default: anna@example.com with 5 slots, ben@example.com with 10. */
  accounts?: readonly AccountSetting[];
  dials?: DialsPatch;
  /** Tasks are kept here and go on after a restart. Default: in memory only. */
  stateFile?: string;
  /** Inputs may lie in one's own network (`ALLOW_PRIVATE_ADDRESSES`). Default false. */
  allowPrivateAddresses?: boolean;
  /** Where inputs may lie in any case, beside its own origin: Catwalk's other parts. Default: nowhere. */
  ownOrigins?: readonly string[];
  log?: Logger;
};

export type Simulator = {
  start(): Promise<{ url: string; port: number }>;
  /** Bounded: cuts connections, stops timers, leaves unfinished tasks to the next start. */
  close(): Promise<void>;
  dials(): Dials;
  turnDials(patch: DialsPatch): Dials;
  bill(): Bill;
  idle(): Idle;
  putAccount(email: string, patch: AccountPatch): void;
  removeAccount(email: string): boolean;
  reset(options?: { dials?: boolean }): void;
};

export const sandboxAccounts: readonly AccountSetting[] = [
  { email: 'anna@example.com', maxJobs: 5 },
  { email: 'ben@example.com', maxJobs: 10 },
];

export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const stopping = new AbortController();
  // Every input that is being fetched listens.
  setMaxListeners(0, stopping.signal);
  const { context, contents, moveTo } = createContext(options, stopping.signal);
  const server = createServer(createApp(context));
  // Longer than a client keeps an idle socket: a submit on a socket just being closed would look like a fault.
  server.keepAliveTimeout = 65_000;
  return {
    async start() {
      await listenOnLoopback(server, options.port ?? 4312, options.portMayMove ?? false);
      const { port } = server.address() as AddressInfo;
      moveTo(`http://127.0.0.1:${port}`);
      resumeTasks(context, contents);
      context.log.info({ port, tasks: contents.tasks.length }, 'simulator.started');
      return { url: context.origin(), port };
    },
    async close() {
      stopping.abort();
      context.schedule.clear();
      await closeServer(server);
      context.poster.close();
      context.journal.close();
    },
    dials: () => context.dials.current(),
    turnDials: (patch) => context.dials.turn(patch),
    bill: () => readBill(context),
    idle: () => readIdle(context),
    putAccount: (email, patch) => void context.accounts.put(email, patch),
    removeAccount: (email) => context.accounts.remove(email),
    reset: (resetOptions) => resetSimulator(context, resetOptions),
  };
}

type Created = { context: SimulatorContext; contents: JournalContents; moveTo(origin: string): void };

function createContext(options: SimulatorOptions, stopping: AbortSignal): Created {
  let origin = '';
  const { journal, contents } = openJournal(options.stateFile ?? null, Date.now());
  let { ordinal } = contents;
  const context: SimulatorContext = {
    token: options.token ?? 'sandbox',
    origin: () => origin,
    dials: createDialBoard(options.dials),
    draw: createDraw(options.seed ?? 'catwalk'),
    accounts: createAccounts(options.accounts ?? sandboxAccounts),
    tasks: createTaskBook(),
    ledger: createLedger(),
    journal,
    schedule: createSchedule(),
    pictures: createPictureDesk({
      origin: () => origin,
      stopping,
      assetFolder: options.stateFile === undefined ? null : `${options.stateFile}.assets`,
      allowPrivateAddresses: options.allowPrivateAddresses ?? false,
      ownOrigins: options.ownOrigins ?? [],
    }),
    poster: createCallbackPoster(),
    nextOrdinal: () => {
      ordinal += 1;
      return ordinal;
    },
    stopping,
    log: options.log ?? pino({ enabled: false }),
  };
  const moveTo = (url: string): void => {
    origin = url;
  };
  return { context, contents, moveTo };
}

/** Puts the books back as they were, and lets unfinished tasks and unsent callbacks go on. */
function resumeTasks(context: SimulatorContext, contents: JournalContents): void {
  context.ledger.accepted = contents.dropped.accepted;
  context.ledger.images = contents.dropped.images;
  for (const task of contents.tasks) {
    recount(context, task);
    context.tasks.add(task);
    if (isFinal(task)) {
      announceEnd(context, task).catch((fault: unknown) => {
        context.log.error({ err: fault, taskId: task.id }, 'callback.failed');
      });
      continue;
    }
    // An early task whose answer never went out ends like any other.
    task.plan.callback.early = false;
    const account = context.accounts.find(task.email);
    if (account) occupySlot(account);
    runTask(context, task);
  }
}

function recount({ ledger }: SimulatorContext, task: Task): void {
  ledger.accepted += 1;
  ledger.images += task.request.imageCount;
  if (task.status === 'succeed') ledger.succeeded += 1;
  if (task.status === 'failed') ledger.failed += 1;
  if (task.request.replyRef !== null) countUp(ledger.byReplyRef, task.request.replyRef);
  countUp(ledger.byInput, inputKey(task.request));
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
