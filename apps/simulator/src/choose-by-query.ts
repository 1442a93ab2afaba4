import type { AccountChoice } from './accounts.js';
import type { SimulatorContext } from './context.js';

/** The account that `?email=` names. */
export function chooseByQuery(context: SimulatorContext, query: Record<string, unknown>): AccountChoice {
  const { email } = query;
  return context.accounts.choose(typeof email === 'string' && email !== '' ? email : null);
}
