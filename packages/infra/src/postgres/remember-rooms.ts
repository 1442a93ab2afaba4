import type { Database } from './open-database.js';
import { type AccountRooms, readAccountRooms } from './read-account-rooms.js';

/** The accounts as they were at most two seconds ago: what new jobs wait for, and which accounts there are. */
export interface RememberedRooms {
  read(): Promise<AccountRooms>;
  /** For when the memory seems to be wrong: reads now, unless that was done just now. */
  readAgain(): Promise<AccountRooms>;
  /** For when they were changed here: the next look reads anew. */
  forget(): void;
  /** Those read last, however old, and none before the first time: for what must be answered all the same. */
  readIfPossible(): Promise<AccountRooms>;
  /** The database's clock, by its last answer. */
  nowMs(): number;
}

const FRESH_MS = 1_000;
const USABLE_MS = 2_000;
const AGAIN_MS = 100;

/** Remembers the accounts for a moment; one read at a time, whoever asks. */
export function rememberRooms(database: Database): RememberedRooms {
  let rooms: AccountRooms | null = null;
  let readAt = Number.NEGATIVE_INFINITY;
  let aheadMs = 0;
  let reading: Promise<AccountRooms> | null = null;

  const load = async () => {
    const startedAt = performance.now();
    const found = await readAccountRooms(database);
    rooms = found;
    readAt = startedAt;
    aheadMs = found.now.getTime() - Date.now();
    return found;
  };
  const reload = () => {
    reading ??= load().finally(() => {
      reading = null;
    });
    return reading;
  };
  const read = async () => {
    const ageMs = performance.now() - readAt;
    if (rooms === null || ageMs > USABLE_MS) return reload();
    if (ageMs > FRESH_MS) reload().catch(() => undefined);
    return rooms;
  };
  return {
    read,
    readIfPossible: () =>
      read().catch(
        () =>
          rooms ?? {
            accounts: [],
            paused: null,
            provider: null,
            budgets: [],
            silent: null,
            checksInputs: false,
            links: null,
            now: new Date(),
          },
      ),
    forget() {
      rooms = null;
      reading = null;
    },
    async readAgain() {
      return rooms !== null && performance.now() - readAt < AGAIN_MS ? rooms : reload();
    },
    nowMs: () => Date.now() + aheadMs,
  };
}
