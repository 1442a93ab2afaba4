import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/client.js';
import { openPool } from './open-pool.js';

/** A pool of connections with Prisma on it. Opening one connects to nothing yet. */
export interface Database {
  readonly prisma: PrismaClient;
  readonly url: string;
  /** Resolves while Postgres answers; rejects otherwise. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Either the database or a transaction on it: what a store function needs to run a statement. */
export type Queryable = Pick<PrismaClient, '$queryRaw' | '$executeRaw'>;

export function openDatabase(options: { readonly url: string; readonly poolMax: number }): Database {
  const pool = openPool({ url: options.url, max: options.poolMax, schema: 'catwalk' });
  const adapter = new PrismaPg(pool, { schema: 'catwalk', onConnectionError: () => undefined });
  const prisma = new PrismaClient({ adapter, transactionOptions: { maxWait: 5_000, timeout: 15_000 } });
  let closing: Promise<void> | undefined;
  const close = async () => {
    await prisma.$disconnect();
    await pool.end();
  };
  return {
    prisma,
    url: options.url,
    ping: async () => {
      await prisma.$queryRaw`SELECT 1`;
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
