import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, runSql } from '@catwalk/testkit';
import { countOpen } from '../measure-row.js';
import type { Fault, Injection } from '../rig/fault.js';

const hidden = { lostCallbackRate: 1, delayMs: 20_000, delayJitter: 0 };

/** Waits until a job stands so: its status and the states of its attempts. */
async function untilState({ rig }: Injection, id: string, wanted: RegExp): Promise<void> {
  const look = async () => {
    const [row] = await runSql<{ state: string }>(
      rig.databaseUrl,
      `SELECT status || ': ' || (SELECT coalesce(string_agg(state, ' ' ORDER BY number), '')
         FROM catwalk.attempt WHERE try_on_id = $1) AS state FROM catwalk.try_on WHERE id = $1`,
      [id],
    );
    if (row === undefined || !wanted.test(row.state)) throw new Error(`${row?.state} is not ${wanted}`);
  };
  await eventually(look, { timeoutMs: 40_000, intervalMs: 50 });
}

/**
 * The first worker stops between its look at a lost submit and the write that it never arrived. The second
 * comes to the same, and sends again; that answer is lost too. Then the first one writes.
 */
async function freezeWriter(injection: Injection): Promise<void> {
  const { rig, accepted, over } = injection;
  const [first, second] = rig.workers;
  await second?.kill();
  await eventually(() => requireCount(accepted, 6), { timeoutMs: 30_000 });
  await eventually(() => requireQuiet(rig.databaseUrl), { timeoutMs: 30_000 });
  rig.simulator.turnDials({ lostRequestRate: 1 });
  const id = await injection.post(1_000);
  await untilState(injection, id, /^unconfirmed: unknown$/);
  // Accepted after the sender has given up: time enough to hide it before any look can find it.
  rig.simulator.turnDials({ ...hidden, lostRequestRate: 0, lateAcceptRate: 1, lateAcceptMs: 2_500 });
  await second?.start();
  await untilState(injection, id, /^submitting: disproved/);
  rig.simulator.turnDials({ schedulerBroken: true, listingBroken: true });
  await untilState(injection, id, /^unconfirmed: disproved unknown$/);
  await injection.untilAccepted(1, 5_000);
  rig.simulator.turnDials({ lateAcceptRate: 0, lostCallbackRate: 0, delayMs: 300 });
  first.thaw();
  over();
  await sleep(3_000);
  rig.simulator.turnDials({ schedulerBroken: false, listingBroken: false });
}

function requireCount(accepted: ReadonlyMap<number, string>, count: number): void {
  if (accepted.size < count) throw new Error(`${accepted.size} accepted`);
}

async function requireQuiet(databaseUrl: string): Promise<void> {
  const open = await countOpen(databaseUrl);
  if (open.jobs > 0) throw new Error(`${open.jobs} are open`);
}

export const freezeRows: readonly Fault[] = [
  {
    name: 'a worker frozen between looking and writing',
    backends: ['redis'],
    jobs: { quick: 9, full: 9 },
    accounts: 1,
    workers: 2,
    env: { FREEZE_AT: '"to":"disproved"', JOB_DEADLINE_MS: '60000' },
    preloads: { worker: [String(new URL('../preloads/freeze-at.mjs', import.meta.url))] },
    endWithinS: 75,
    noneMayFail: true,
    inject: freezeWriter,
  },
];
