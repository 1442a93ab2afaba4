import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { benchAccept } from './accept.js';
import { startBenchPostgres } from './bench-postgres.js';
import { benchCallbacks } from './callbacks.js';
import { printTable } from './print-table.js';
import { findRedis } from './redis.js';

const USAGE = 'usage: npm run bench [-- callbacks|accept] [--rounds=5]';

/** Each path beside its ceiling and a naive peer, in one run. A row missing of what was accepted is exit code 1. */
async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: 'string', default: '5' } },
  });
  const rounds = Number(values.rounds);
  const isWanted = (name: string) => positionals.length === 0 || positionals.includes(name);
  const unknown = positionals.filter((name) => name !== 'callbacks' && name !== 'accept');
  if (unknown.length > 0 || !(Number.isInteger(rounds) && rounds >= 1)) throw new Error(USAGE);
  const postgres = await startBenchPostgres();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => postgres.close().finally(() => process.exit(1)));
  try {
    const redisUrl = await findRedis();
    const machine = `${cpus().length} cores, Node.js ${process.versions.node}`;
    console.log(`${machine}, ${postgres.description}, ${redisUrl === null ? 'no Redis' : 'Redis'}`);
    console.log(`medians of ${rounds} rounds; clients, servers and databases share the machine`);
    if (isWanted('callbacks')) printTable(await benchCallbacks(postgres, rounds));
    if (isWanted('accept')) printTable(await benchAccept(postgres, rounds, redisUrl));
  } finally {
    await postgres.close();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? (error.message === USAGE ? USAGE : error.stack) : error);
  process.exit(1);
});
