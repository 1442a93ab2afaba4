import { keepCredits, listSlots, takeLease } from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';

/**
 * Asks the provider what is left to spend on each account, for admins to see; it decides nothing. One process
 * at a time, every `everyMs` milliseconds; what is known stays where the provider does not answer.
 */
export async function refreshCredits(context: WorkerContext, everyMs: number): Promise<void> {
  const accounts = await listSlots(context.db.prisma);
  if (accounts.length === 0 || !(await takeLease(context.db, 'credits', everyMs))) return;
  const credits = new Map<string, number | null>();
  for (const { email } of accounts) {
    const look = await context.provider.account(email);
    if (look.kind === 'unanswered' || context.stopping.aborted) break;
    if (look.kind === 'answered') credits.set(email, look.value.balance);
  }
  await keepCredits(context.db, credits);
}
