import { eventually, runSql } from '@catwalk/testkit';
import type { Client } from './create-client.js';

/** The n-th try-on of a test: its inputs are its own, so that the simulator's bill tells of each job. */
export function tryOnNumber(n: number, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    humanImage: `https://pictures.example/person-${n}.jpg`,
    dressInput: 'https://pictures.example/dress.jpg',
    ...more,
  };
}

/** Posts try-ons, a few at a time, and returns their ids in order. Every one must be accepted. */
export async function postTryOns(
  client: Client,
  count: number,
  each: (n: number, id: string) => Promise<unknown> = async () => undefined,
): Promise<string[]> {
  const ids: string[] = [];
  let next = 0;
  const postSome = async () => {
    for (let n = next++; n < count; n = next++) {
      const { status, body, text } = await client.post('/v1/try-ons', tryOnNumber(n));
      if (status !== 202) throw new Error(`a try-on was refused: ${status} ${text}`);
      ids[n] = body.id;
      await each(n, body.id);
    }
  };
  await Promise.all(Array.from({ length: 16 }, postSome));
  return ids;
}

const unfinished = 'queued,submitting,unconfirmed,processing';

/** Waits until no job is open any more, as a client sees it, and no attempt holds a slot. */
export async function untilAllEnded(
  client: Client,
  databaseUrl: string,
  options: { timeoutMs: number; headers?: Record<string, string> },
): Promise<void> {
  await eventually(
    async () => {
      const { body } = await client.get(`/v1/try-ons?status=${unfinished}&limit=20`, options.headers);
      if (body.data.length > 0) throw new Error(`still open, such as: ${describe(body.data)}`);
      const open = await countAttempts(databaseUrl, ['sending', 'accepted', 'unknown']);
      if (open > 0) throw new Error(`${open} attempts still hold a slot`);
    },
    { timeoutMs: options.timeoutMs, intervalMs: 200 },
  );
}

function describe(jobs: readonly { status: string; waitingFor: { code: string } | null }[]): string {
  const counts = new Map<string, number>();
  for (const { status, waitingFor } of jobs) {
    const state = `${status} (${waitingFor?.code})`;
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
}

async function countAttempts(databaseUrl: string, states: readonly string[]): Promise<number> {
  const [row] = await runSql<{ n: number }>(
    databaseUrl,
    'SELECT count(*)::int AS n FROM catwalk.attempt WHERE state = ANY($1)',
    [states],
  );
  return row?.n ?? 0;
}

/** How many jobs stand in each status. */
export async function countByStatus(databaseUrl: string): Promise<Record<string, number>> {
  const rows = await runSql<{ status: string; n: number }>(
    databaseUrl,
    'SELECT status, count(*)::int AS n FROM catwalk.try_on GROUP BY status ORDER BY status',
  );
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
}
