import type { Logger } from 'pino';
import type { Accounts } from './accounts.js';
import type { Ledger } from './bill.js';
import type { DialBoard } from './dials.js';
import type { Draw } from './draw.js';
import type { Journal } from './journal.js';
import type { PictureDesk } from './pictures/picture-desk.js';
import type { CallbackPoster } from './post-callback.js';
import type { Schedule } from './schedule.js';
import type { TaskBook } from './task.js';

/** What every action of one simulator works with. */
export type SimulatorContext = {
  token: string;
  /** `http://127.0.0.1:<port>`, known once it listens. */
  origin(): string;
  dials: DialBoard;
  draw: Draw;
  accounts: Accounts;
  tasks: TaskBook;
  ledger: Ledger;
  journal: Journal;
  schedule: Schedule;
  pictures: PictureDesk;
  poster: CallbackPoster;
  /** Counts accepted submits; goes on through resets and restarts, so that an id is never used twice. */
  nextOrdinal(): number;
  /** Aborted by `close()`: what was under way is left for the next start. */
  stopping: AbortSignal;
  log: Logger;
};
