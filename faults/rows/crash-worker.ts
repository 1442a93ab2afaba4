import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, runSql } from '@catwalk/testkit';
import { type AppProcess, startApp } from '../../tests/system/app-process.js';
import { tryOnNumber } from '../../tests/system/jobs.js';
import { countOpen } from '../measure-row.js';
import type { Backend, Fault, Injection } from '../rig/fault.js';
import { insertFillers } from '../rig/insert-fillers.js';
import type { Rig } from '../rig/start-rig.js';

const preload = String(new URL('../preloads/crash-at.mjs', import.meta.url));
const snapshotFile = new URL('../crash-points.json', import.meta.url);
const RUN_MAX_MS = 12_000;

type Snapshot = Readonly<Record<Backend, readonly string[]>>;

/** Every operation by which a worker changes or learns anything in the life of a job, as it was last listed. */
export function readSnapshot(): Snapshot {
  return JSON.parse(readFileSync(snapshotFile, 'utf8'));
}

/**
 * Adds to the list: which of API and worker does a thing differs from run to run. To forget what is done no longer,
 * empty the lists first.
 */
export function addToSnapshot(backend: Backend, operations: readonly string[]): void {
  const listed = readSnapshot();
  const snapshot = { ...listed, [backend]: [...new Set([...listed[backend], ...operations])].sort() };
  writeFileSync(snapshotFile, `${JSON.stringify(snapshot, null, 2)}\n`);
}

/** Starts a worker that knows nothing yet of who did what before it. */
async function startWorker(rig: Rig, env: Readonly<Record<string, string>>): Promise<AppProcess> {
  await runSql(rig.databaseUrl, 'DELETE FROM catwalk.lease');
  return startApp('worker', { ...rig.env, ...env, NODE_OPTIONS: `--import ${preload}` });
}

async function untilQuiet(rig: Rig): Promise<void> {
  const look = async () => {
    const open = await countOpen(rig.databaseUrl);
    if (open.jobs + open.attempts > 0) throw new Error(`${open.jobs} jobs are open`);
  };
  await eventually(look, { timeoutMs: 60_000, intervalMs: 100 });
}

/**
 * The operations of a worker that carries jobs: some already in their lane and some not, some whose answer and
 * callback are lost and that end before anybody has seen them run, so many in a row that the provider counts as
 * down, and some without any fault.
 */
export async function recordLife(rig: Rig, folder: string): Promise<string[]> {
  await untilQuiet(rig);
  await rig.workers[0].kill();
  const file = join(folder, 'operations.txt');
  rmSync(file, { force: true });
  for (const n of [8_001, 8_002, 8_003]) await rig.client.post('/v1/try-ons', tryOnNumber(n));
  await insertFillers(rig.databaseUrl, 3);
  rig.simulator.turnDials({ lostAnswerRate: 1, lostCallbackRate: 1, delayMs: 100 });
  const before = rig.simulator.bill().accepted;
  const worker = await startWorker(rig, { RECORD_OPERATIONS: file });
  await eventually(() => requireAccepted(rig, before), { timeoutMs: 20_000, intervalMs: 2 });
  rig.simulator.turnDials({ lostAnswerRate: 0, lostCallbackRate: 0, delayMs: 1_500 });
  await untilQuiet(rig);
  await sleep(1_000);
  worker.signal('SIGKILL');
  await worker.ended();
  return readFileSync(file, 'utf8').trim().split('\n');
}

function requireAccepted(rig: Rig, before: number): void {
  if (rig.simulator.bill().accepted < before + 4) throw new Error('too few were accepted yet');
}

/** Kills a worker at one point after the other, a new job each. Returns the points that were not reached. */
async function crashAtEach({ rig, post }: Injection, points: readonly string[]): Promise<string[]> {
  const missed: string[] = [];
  await rig.workers[0].kill();
  for (const [n, point] of points.entries()) {
    await post(9_000 + n);
    const worker = await startWorker(rig, { CRASH_AT: point });
    const reached = await Promise.race([worker.ended().then(() => true), sleep(RUN_MAX_MS, false)]);
    if (!reached) missed.push(point);
    worker.signal('SIGKILL');
    await worker.ended();
  }
  return missed;
}

function pointsOf({ backend, quick, random }: Injection): string[] {
  const all = readSnapshot()[backend].flatMap((name) => {
    const isRead = /: (read|SELECT|GET) /.test(name) && !name.includes('locked');
    // What only read has no effect that could outlive its process.
    return isRead ? [`before ${name}`] : [`before ${name}`, `after ${name}`];
  });
  return quick ? all.filter(() => random() < 6 / all.length) : all;
}

export const crashRows: readonly Fault[] = [
  {
    name: 'worker killed before and after each operation',
    backends: ['redis', 'postgres'],
    jobs: { quick: 9, full: 9 },
    slotsPerAccount: 20,
    dials: { delayMs: 600, answerDelayMs: 50, lostCallbackRate: 0.3, lostAnswerRate: 0.1 },
    endWithinS: 75,
    inject: async (injection) => {
      const points = pointsOf(injection);
      const missed = await crashAtEach(injection, points);
      console.log(
        `${points.length - missed.length} of ${points.length} points reached on ${injection.backend}`,
      );
      injection.over();
      await injection.rig.workers[0].start();
      injection.back();
    },
  },
];
