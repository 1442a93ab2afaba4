import type { Prisma as PrismaTypes } from '../../src/postgres/generated/client.js';
import { Prisma } from '../../src/postgres/generated/client.js';
import type { Database } from '../../src/postgres/index.js';

/** The plan of one statement: its nodes, as Postgres tells them. */
export interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly Plan[];
}

type Raw = (strings: TemplateStringsArray, ...values: unknown[]) => Promise<unknown>;

/** The same database, where each raw statement is explained, with its own parameters, before it is run. */
export function recordPlans(db: Database): { db: Database; plans: Plan[] } {
  const plans: Plan[] = [];
  const explain = async (on: { $queryRaw: unknown }, strings: TemplateStringsArray, values: unknown[]) => {
    const statement = Prisma.sql(strings, ...(values as PrismaTypes.Sql[]));
    const ask = on.$queryRaw as (query: PrismaTypes.Sql) => Promise<{ 'QUERY PLAN': [{ Plan: Plan }] }[]>;
    const [row] = await ask.call(on, Prisma.sql`EXPLAIN (FORMAT JSON) ${statement}`);
    if (row !== undefined) plans.push(row['QUERY PLAN'][0].Plan);
  };
  const watch = <T extends object>(on: T): T =>
    new Proxy(on, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        if (name === '$transaction')
          return (run: (tx: object) => unknown, options: unknown) =>
            value.call(target, (tx: object) => run(watch(tx)), options);
        if (name !== '$queryRaw' && name !== '$executeRaw') return value;
        const raw: Raw = async (strings, ...values) => {
          await explain(target as never, strings, values);
          return value.call(target, strings, ...values);
        };
        return raw;
      },
    });
  return { db: { ...db, prisma: watch(db.prisma) }, plans };
}

/** The tables that a plan reads through from end to end. */
export function scannedTables(plan: Plan): string[] {
  const own = plan['Node Type'] === 'Seq Scan' ? [plan['Relation Name'] ?? '?'] : [];
  return [...own, ...(plan.Plans ?? []).flatMap(scannedTables)];
}
