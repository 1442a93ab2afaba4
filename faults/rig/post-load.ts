import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../tests/system/create-client.js';
import { tryOnNumber } from '../../tests/system/jobs.js';

export interface LoadOptions {
  readonly client: Client;
  readonly seed: string;
  readonly inputs: ((n: number) => Record<string, unknown>) | undefined;
  /** Filled as the API accepts. */
  readonly accepted: Map<number, string>;
}

const AT_ONCE = 8;
const GIVE_UP_MS = 90_000;

/** Posts the jobs numbered `from` to `to - 1`. Each is posted again, under the same key, until it is accepted. */
export async function postLoad(options: LoadOptions, from: number, to: number): Promise<void> {
  let next = from;
  const postSome = async () => {
    for (let n = next++; n < to; n = next++) options.accepted.set(n, await postUntilAccepted(options, n));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, postSome));
}

async function postUntilAccepted({ client, seed, inputs }: LoadOptions, n: number): Promise<string> {
  const deadline = performance.now() + GIVE_UP_MS;
  const body = inputs?.(n) ?? tryOnNumber(n);
  for (;;) {
    const answer = await client
      .post('/v1/try-ons', body, { 'idempotency-key': `${seed}-${n}` })
      .catch(() => null);
    if (answer !== null && answer.status >= 200 && answer.status < 300) return String(answer.body.id);
    const refused = answer !== null && answer.status < 500 && answer.status !== 429;
    if (refused || performance.now() > deadline)
      throw new Error(`job ${n} was not accepted: ${answer?.status ?? 'no answer'} ${answer?.text ?? ''}`);
    await sleep(100);
  }
}
