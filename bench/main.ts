import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { benchAccept } from './accept.js';
import { benchArchive } from './archive.js';
import { benchBatch } from './batch.js';
import { benchBatchShow } from './batch-show.js';
import { startBenchPostgres } from './bench-postgres.js';
import { benchCallbacks } from './callbacks.js';
import { benchDeliveries } from './deliveries.js';
import { benchEvents } from './event-log.js';
import { benchFairness } from './fairness.js';
import { printTable } from './print-table.js';
import { findRedis } from './redis.js';
import { benchSlots, LOAD_NAMES } from './slots.js';

const PARTS = [
  'callbacks',
  'accept',
  'batch',
  'batch-show',
  'slots',
  'fairness',
  'archive',
  'events',
  'deliveries',
];
const USAGE = `usage: npm run bench [-- callbacks|accept] [--rounds=5]
       npm run bench -- batch [--lines=100000]
       npm run bench -- batch-show
       npm run bench -- slots [--only=${LOAD_NAMES.join('|')}] [--contender="1 worker, Redis"] [--quick]
       npm run bench -- fairness [--quick]
       npm run bench -- archive [--quick]
       npm run bench -- events [--quick]
       npm run bench -- deliveries [--quick]`;

/**
 * Each path beside its ceiling and a naive peer, in one run. A row missing of what was accepted is exit code 1.
 * What takes minutes is run only when it is named.
 */
async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      lines: { type: 'string', default: '100000' },
      only: { type: 'string' },
      contender: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  });
  const rounds = Number(values.rounds);
  const lines = Number(values.lines);
  const { only = null, contender = null, quick } = values;
  const wanted = positionals.length === 0 ? ['callbacks', 'accept'] : positionals;
  if (wanted.some((name) => !PARTS.includes(name))) throw new Error(USAGE);
  if (only !== null && !LOAD_NAMES.includes(only)) throw new Error(USAGE);
  if (!(Number.isInteger(rounds) && rounds >= 1)) throw new Error(USAGE);
  if (!(Number.isInteger(lines) && lines >= 1 && lines <= 1_000_000)) throw new Error(USAGE);
  const postgres = await startBenchPostgres();
  const ends = [() => postgres.close()];
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => Promise.allSettled(ends.map((end) => end())).finally(() => process.exit(1)));
  try {
    const redisUrl = await findRedis();
    const machine = `${cpus().length} cores, Node.js ${process.versions.node}`;
    console.log(`${machine}, ${postgres.description}, ${redisUrl === null ? 'no Redis' : 'Redis'}`);
    console.log('clients, servers and databases share the machine');
    if (wanted.some((name) => name === 'callbacks' || name === 'accept'))
      console.log(`tables: medians of ${rounds} rounds`);
    if (wanted.includes('callbacks')) printTable(await benchCallbacks(postgres, rounds));
    if (wanted.includes('accept')) printTable(await benchAccept(postgres, rounds, redisUrl));
    if (wanted.includes('batch')) await benchBatch(postgres, lines);
    if (wanted.includes('batch-show')) await benchBatchShow(postgres, redisUrl);
    if (wanted.includes('slots')) await benchSlots(postgres, { redisUrl, only, contender, quick });
    if (wanted.includes('deliveries')) await benchDeliveries(postgres, { redisUrl, quick });
    if (wanted.includes('archive')) await benchArchive(postgres, { redisUrl, quick });
    if (wanted.includes('events')) await benchEvents({ quick, ends });
    if (wanted.includes('fairness')) await benchFairness(postgres, { redisUrl, quick });
  } finally {
    await postgres.close();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? (error.message === USAGE ? USAGE : error.stack) : error);
  process.exit(1);
});
