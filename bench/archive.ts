import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, pictureKey } from '@catwalk/infra/postgres';
import { seedAccounts } from '@catwalk/testkit';
import type { BenchPostgres } from './bench-postgres.js';
import { ACCOUNTS, runSlots, SLOTS_EACH, seedJobs } from './run-slots.js';

const JOBS = 5_000;
const QUICK_JOBS = 500;
const FAILING = 0.2;
/** What is promised, and one in which nearly every second try meets a dead address. */
const LIFETIMES_MS = [60_000, 1_500];
/** No picture is saved for so long: it is stuck. */
const STUCK_MS = 60_000;

interface ArchiveRow {
  readonly attemptId: string;
  readonly position: number;
  readonly state: string;
  readonly sha256: string | null;
  readonly bytes: number | null;
  readonly tries: number;
  readonly waitedMs: number;
}

/**
 * Results whose addresses die, of which a share of the downloads fails: every picture has to be in the store, byte for
 * byte. The whole system runs, its jobs too.
 *
 * @throws when a picture is missing, or is another than its checksum says
 */
export async function benchArchive(
  postgres: BenchPostgres,
  { redisUrl, quick }: { readonly redisUrl: string | null; readonly quick: boolean },
): Promise<void> {
  const jobs = quick ? QUICK_JOBS : JOBS;
  console.log(`\narchive: ${jobs} results, ${FAILING * 100} % of the downloads fail`);
  for (const resultLifetimeMs of LIFETIMES_MS) {
    const home = await mkdtemp(join(tmpdir(), 'catwalk-bench-archive-'));
    try {
      const title = `addresses live ${resultLifetimeMs / 1_000} s`;
      const startedAt = performance.now();
      const { seen, report, cpuMs } = await runSlots(
        postgres,
        {
          title,
          redisUrl,
          workers: 1,
          dials: { delayMs: 300, resultLifetimeMs, resultFailureRate: FAILING },
          env: { ARCHIVE_URL: '', CATWALK_HOME: home },
          seed: async (db) => {
            await seedAccounts(db, Object.fromEntries(ACCOUNTS.map((email) => [email, SLOTS_EACH])));
            await seedJobs(db, jobs);
          },
          during: (db) => untilSaved(db, jobs),
        },
        readRows,
      );
      const seconds = (performance.now() - startedAt) / 1_000;
      await requireWhole(seen, jobs, join(home, 'sandbox/pictures'));
      const cpu = Math.round(cpuMs.workers / 100) / 10;
      console.log(
        `${title}: ${tell(seen)}; ${report.bill.accepted} jobs in ${seconds.toFixed(1)} s, worker ${cpu} s CPU`,
      );
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  }
}

async function untilSaved(db: Database, jobs: number): Promise<void> {
  for (let saved = -1, seenAt = performance.now(); ; ) {
    const [row] = await db.prisma.$queryRaw<{ saved: number }[]>`
      SELECT count(*)::int AS saved FROM catwalk.archived_image WHERE state = 'saved'`;
    if (row?.saved === jobs) return;
    if (row?.saved !== saved) seenAt = performance.now();
    saved = row?.saved ?? -1;
    if (performance.now() - seenAt > STUCK_MS) throw new Error(`${saved} of ${jobs} pictures are saved`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function readRows(db: Database): Promise<ArchiveRow[]> {
  return db.prisma.$queryRaw<ArchiveRow[]>`
    SELECT attempt_id AS "attemptId", position, state, sha256, bytes, tries,
      (extract(epoch FROM archived_at - created_at) * 1000)::float8 AS "waitedMs"
    FROM catwalk.archived_image ORDER BY id`;
}

async function requireWhole(rows: readonly ArchiveRow[], jobs: number, folder: string): Promise<void> {
  if (rows.length !== jobs) throw new Error(`${rows.length} of ${jobs} pictures were noted`);
  for (const row of rows) {
    const bytes = await readFile(join(folder, pictureKey(row)));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (row.state !== 'saved' || sha256 !== row.sha256) throw new Error(`${row.attemptId} is ${row.state}`);
  }
}

function tell(rows: readonly ArchiveRow[]): string {
  const waits = rows.map((row) => row.waitedMs).sort((a, b) => a - b);
  const at = (share: number) => `${Math.round(waits[Math.floor(share * (waits.length - 1))] ?? 0)} ms`;
  const tries = rows.reduce((sum, row) => sum + row.tries, 0);
  return [
    `${rows.length} saved, 0 lost, ${tries} tries, of ${rows[0]?.bytes ?? 0} bytes`,
    `from success to saved p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)}`,
  ].join('; ');
}
