import { judgeReport } from '@catwalk/core';
import type { GuardedAnswer } from '@catwalk/infra/outbound';
import { inspectPicture } from '@catwalk/infra/pictures';
import type { LeasedPicture } from '@catwalk/infra/postgres';
import type { ArchiveTools } from './archive-picture.js';

/** What a try at a picture came to; null: it was broken off. */
export type FetchedPicture =
  | {
      readonly kind: 'fetched';
      readonly bytes: Buffer;
      readonly contentType: string;
      readonly width: number;
      readonly height: number;
      readonly url: string;
    }
  /** `refused`: what came is not what is kept, or the address is none that is asked. It may be an outage all the same. */
  | { readonly kind: 'failed'; readonly error: string; readonly refused: boolean; readonly url: string };

const BYTES_MAX = 50 * 1_048_576;
const DOWNLOAD_MS = 45_000;
/** So that an address that was moved is noticed, every so many tries begin with a question to the provider. */
const ASK_ANEW = 4;
const DEAD = new Set([403, 404, 410]);

/**
 * Downloads a picture and looks at what it is. A dead address is read again from the provider, which makes new ones for
 * as long as it has the task.
 */
export async function fetchPicture(
  tools: ArchiveTools,
  picture: LeasedPicture,
): Promise<FetchedPicture | null> {
  const known = picture.providerUrl;
  const asked = picture.tries % ASK_ANEW === 0 ? await readAddress(tools, picture) : null;
  const first = await download(tools, asked ?? known);
  if (first?.kind !== 'failed' || first.error !== 'address_dead' || asked !== null) return first;
  const fresh = await readAddress(tools, picture);
  return fresh === null || fresh === known ? first : download(tools, fresh);
}

/** Where the provider says the picture is now; null when it does not say. */
async function readAddress(
  { context }: ArchiveTools,
  { providerTaskId, account, position }: LeasedPicture,
): Promise<string | null> {
  if (providerTaskId === null) return null;
  const look = await context.provider.task(providerTaskId, account);
  if (look.kind !== 'answered') return null;
  const verdict = judgeReport(look.value, look.status);
  return verdict.kind === 'succeeded' ? (verdict.images[position]?.url ?? null) : null;
}

async function download({ client, stopping }: ArchiveTools, url: string): Promise<FetchedPicture | null> {
  const failed = (error: string, refused = false) => ({ kind: 'failed', error, refused, url }) as const;
  const answer = await client.ask({ url, maxBytes: BYTES_MAX, timeoutMs: DOWNLOAD_MS, stopping });
  if (stopping.aborted) return null;
  switch (answer.kind) {
    case 'refused':
      return failed('refused_address', true);
    case 'failed':
      return failed(answer.reason, answer.reason === 'too_large' || answer.reason === 'encoded');
    case 'answered':
      return inspect(answer, url, failed);
  }
}

async function inspect(
  { status, body }: Extract<GuardedAnswer, { kind: 'answered' }>,
  url: string,
  failed: (error: string, refused?: boolean) => FetchedPicture,
): Promise<FetchedPicture> {
  if (DEAD.has(status)) return failed('address_dead');
  if (status !== 200) return failed('bad_answer');
  const seen = await inspectPicture(body);
  if (seen.kind === 'refused') return failed(seen.reason, true);
  const { contentType, width, height } = seen;
  return { kind: 'fetched', bytes: body, contentType, width, height, url };
}
