import { PrismaPg } from '@prisma/adapter-pg';
import { type Prisma, PrismaClient } from './generated/client.js';
import { planName } from './keep-plans.js';
import { openPool } from './open-pool.js';
import { retryOnce } from './sql-error.js';

/** Connections that keep the plans of looks, where the others plan each statement anew. */
export const LOOKS_MAX = 2;

/** A pool of connections with Prisma on it. Opening one connects to nothing yet. */
export interface Database {
  readonly prisma: PrismaClient;
  readonly url: string;
  /**
   * Runs a statement past Prisma, on the same connections: for parameters so large that Prisma's copies of them cost
   * more than the statement does. A `Buffer` is sent as it is, as `text` in UTF-8.
   */
  query<Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]>;
  /**
   * Runs a statement that only looks rows up by indexes, and is asked for so often that to plan it anew would cost more
   * than to run it: past Prisma, on connections where its plan is kept if it begins with `KEPT`. Must be repeatable.
   */
  look(statement: Prisma.Sql): Promise<unknown[]>;
  /** Resolves while Postgres answers; rejects otherwise. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Either the database or a transaction on it: what a store function needs to run a statement. */
export type Queryable = Pick<PrismaClient, '$queryRaw' | '$executeRaw'>;

export function openDatabase(options: {
  readonly url: string;
  readonly poolMax: number;
  /** For a process that looks rows up all day and never reads a table through: plans are kept. */
  readonly keepsPlans?: boolean;
}): Database {
  const { url, poolMax, keepsPlans = false } = options;
  const pool = openPool({ url, max: poolMax, schema: 'catwalk', keepsPlans });
  const looks = keepsPlans ? pool : openPool({ url, max: LOOKS_MAX, schema: 'catwalk', keepsPlans: true });
  const adapter = new PrismaPg(pool, {
    schema: 'catwalk',
    onConnectionError: () => undefined,
    ...(keepsPlans && { statementNameGenerator: planName }),
  });
  const prisma = new PrismaClient({ adapter, transactionOptions: { maxWait: 5_000, timeout: 15_000 } });
  let closing: Promise<void> | undefined;
  const close = async () => {
    await prisma.$disconnect();
    await Promise.all([...new Set([pool, looks])].map((each) => each.end()));
  };
  return {
    prisma,
    url,
    query: async <Row extends object>(text: string, values: readonly unknown[]) =>
      (await pool.query<Row>(text, [...values])).rows,
    look: async (statement) => {
      const { text, values } = statement;
      const { rows } = await retryOnce(() => looks.query({ name: planName(statement), text, values }));
      return rows;
    },
    ping: async () => {
      await prisma.$queryRaw`SELECT 1`;
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
