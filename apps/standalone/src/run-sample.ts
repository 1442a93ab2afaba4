import { setTimeout as wait } from 'node:timers/promises';
import { sampleTryOns } from '@catwalk/simulator';
import { z } from 'zod';
import { showProgress } from './show-progress.js';

/** One sample try-on as far as the report shows it. */
const tryOn = z.object({
  id: z.string(),
  customId: z.string().nullable(),
  status: z.string(),
  humanImage: z.string(),
  dressInput: z.string().nullable(),
  upperInput: z.string().nullable(),
  lowerInput: z.string().nullable(),
  account: z.string().nullable(),
  images: z.array(z.object({ url: z.string() })),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
});

export type SampleTryOn = z.infer<typeof tryOn>;

const page = z.object({ data: z.array(tryOn) });

/** What the sample needs: the API as any client sees it. */
export interface SampleClient {
  readonly apiUrl: string;
  readonly key: string | null;
  readonly stopping: AbortSignal;
}

const POLL_MS = 300;
const FINAL = new Set(['succeeded', 'failed', 'canceled']);
const SAMPLE = 'metadata[sample]=catalogue';

/** The sample's try-ons that are already there, in the catalogue's order. */
export async function findSample(client: SampleClient): Promise<SampleTryOn[]> {
  const answer = await call(client, `/v1/try-ons?${SAMPLE}&limit=200&order=asc`);
  return page.parse(answer).data;
}

/** Sends what is missing of the sample catalogue through the API, like any client would: 4 people in 6 garments. */
export async function sendSample(
  client: SampleClient,
  simulatorUrl: string,
  known: readonly SampleTryOn[],
): Promise<void> {
  const sent = new Set(known.map((one) => one.customId));
  const missing = sampleTryOns(simulatorUrl).filter((one) => !sent.has(one.customId));
  await Promise.all(
    missing.map(({ title, ...request }) =>
      call(client, '/v1/try-ons', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': `sample-${request.customId}` },
        body: JSON.stringify({ ...request, metadata: { sample: 'catalogue', title } }),
      }),
    ),
  );
}

/** Waits, with a progress bar, until every try-on of the sample has ended; undefined when told to stop. */
export async function awaitSample(client: SampleClient, total: number): Promise<SampleTryOn[] | undefined> {
  const progress = showProgress('sample catalogue', total);
  try {
    while (!client.stopping.aborted) {
      const sample = await findSample(client);
      const done = sample.filter((one) => FINAL.has(one.status));
      progress.update(done.length);
      if (sample.length >= total && done.length === sample.length) return sample;
      await wait(POLL_MS, undefined, { signal: client.stopping }).catch(() => undefined);
    }
    return undefined;
  } finally {
    progress.stop();
  }
}

async function call(client: SampleClient, path: string, init: RequestInit = {}): Promise<unknown> {
  const headers = new Headers(init.headers);
  if (client.key !== null) headers.set('authorization', `Bearer ${client.key}`);
  const response = await fetch(`${client.apiUrl}${path}`, {
    ...init,
    headers,
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`the sample was refused: ${response.status} ${await response.text()}`);
  return response.json();
}
