import { eventually } from './eventually.js';
import { runSql } from './run-sql.js';

const listConnections = `SELECT concat_ws(' ', coalesce(nullif(application_name, ''), 'unnamed'), state, left(query, 80)) AS who
  FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'`;

/** Fails, naming them, while connections to the database are open. A moment is given to those that are closing. */
export async function expectNoConnections(
  adminUrl: string,
  database: string,
  timeoutMs = 2_000,
): Promise<void> {
  await eventually(
    async () => {
      const open = await runSql<{ who: string }>(adminUrl, listConnections, [database]);
      if (open.length > 0) throw new Error(`connections left open: ${open.map(({ who }) => who).join('; ')}`);
    },
    { timeoutMs },
  );
}
