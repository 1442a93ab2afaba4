import type pg from 'pg';
import { ImpatientClient } from './impatient-client.js';
import { isPlanLost } from './sql-error.js';

export interface PlanKeepingClient {
  /** Lets this connection keep plans, if it is one to the server itself. To be called once, when it is made. */
  keepPlans(): Promise<void>;
}

/**
 * A plan that is kept may have been made while tables were small, and stays when they have grown: it may only look
 * rows up. And it is kept from the first time on: Postgres would plan each statement five times more, on each
 * connection, to see whether knowing the parameters makes a better plan, which for rows looked up it does not.
 */
const LOOK_UP = `SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off;
  SET plan_cache_mode = force_generic_plan`;

/**
 * Clients for one pool that keep the plans of statements with a name, where nobody stands between them and the
 * server. A pooler that lends connections per transaction would ask one server process for what another has
 * planned; it is known by the number of its process, which it makes up. Should a plan be missing all the same, no
 * more are kept. Without `keepPlans`, names are left out.
 */
export function planKeepingClient(): new () => pg.ClientBase & PlanKeepingClient {
  let isSafe = true;
  return class extends ImpatientClient implements PlanKeepingClient {
    #isKeeping = false;

    async keepPlans(): Promise<void> {
      const { rows } = await super.query('SELECT pg_backend_pid() AS pid');
      if (rows[0]?.pid !== (this as { readonly processID?: number }).processID) return;
      await super.query(LOOK_UP);
      this.#isKeeping = true;
    }

    // biome-ignore lint/suspicious/noExplicitAny: pg declares ten ways to call it, which are all passed on
    override query(...args: any[]): any {
      const [config, ...more] = args;
      if (!config?.name) return super.query(...args);
      if (!isSafe || !this.#isKeeping) return super.query({ ...config, name: undefined }, ...more);
      const watch = (error: unknown) => {
        if (isPlanLost(error)) isSafe = false;
      };
      const done: unknown = more.at(-1);
      if (typeof done !== 'function') {
        const result: unknown = super.query(...args);
        if (result instanceof Promise) result.catch(watch);
        return result;
      }
      return super.query(config, ...more.slice(0, -1), (error: unknown, result: unknown) => {
        watch(error);
        done(error, result);
      });
    }
  };
}
