import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/client.js';
import { poolConfig } from './pool-config.js';

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
  const adapter = new PrismaPg(
    { ...poolConfig(options.url, options.poolMax), statement_timeout: 30_000, query_timeout: 35_000 },
    { schema: 'catwalk', onPoolError: () => undefined, onConnectionError: () => undefined },
  );
  const prisma = new PrismaClient({ adapter, transactionOptions: { maxWait: 5_000, timeout: 15_000 } });
  return {
    prisma,
    url: options.url,
    ping: async () => {
      await prisma.$queryRaw`SELECT 1`;
    },
    close: () => prisma.$disconnect(),
  };
}
