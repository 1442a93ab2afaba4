import { createInterface } from 'node:readline/promises';
import { z } from 'zod';
import { type Env, firstKey, set } from './config.js';

const tryOn = z.object({
  id: z.string(),
  status: z.string(),
  images: z.array(z.object({ url: z.string() })),
  error: z.object({ message: z.string() }).nullable(),
});
type TryOn = z.output<typeof tryOn>;

const FINAL = new Set(['succeeded', 'failed', 'canceled']);
/** A look waits up to a minute by itself; ten minutes are more than any image takes. */
const LOOKS_MAX = 10;

/**
 * Offers one paid try-on through the running API, like any client's. Only a person at a terminal can say yes.
 *
 * @returns a line on what came of it
 */
export async function offerTestImage(env: Env): Promise<string> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return 'a paid test image is offered in a terminal only';
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const yes = await terminal.question('try one image for real? It is billed by the provider. [y/N] ');
    if (!/^y(es)?$/i.test(yes.trim())) return 'no test image was made';
    const humanImage = (await terminal.question('public address of a picture of a person: ')).trim();
    const dressInput = (await terminal.question('public address of a picture of a dress: ')).trim();
    return await makeTestImage(env, { humanImage, dressInput, imageCount: 1 });
  } finally {
    terminal.close();
  }
}

/** Sends it and waits for its end. */
export async function makeTestImage(env: Env, request: Record<string, string | number>): Promise<string> {
  try {
    const body = JSON.stringify({ ...request, metadata: { test: 'doctor' } });
    let shown = await call(env, '/v1/try-ons', { method: 'POST', body });
    for (let looks = 0; looks < LOOKS_MAX && !FINAL.has(shown.status); looks += 1)
      shown = await call(env, `/v1/try-ons/${shown.id}?wait=60`);
    const images = shown.images.map((image) => image.url).join(' ');
    return `test image ${shown.id}: ${shown.status} ${shown.error?.message ?? images}`.trimEnd();
  } catch (error) {
    return `the test image was not made: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function call(env: Env, path: string, init: RequestInit = {}): Promise<TryOn> {
  const api = (set(env.PUBLIC_API_URL) ?? `http://127.0.0.1:${set(env.API_PORT) ?? '4310'}`).replace(
    /\/+$/,
    '',
  );
  const key = firstKey(env);
  const headers = {
    'content-type': 'application/json',
    ...(key === null ? {} : { authorization: `Bearer ${key}` }),
  };
  const answer = fetch(`${api}${path}`, { ...init, headers, signal: AbortSignal.timeout(70_000) });
  const response = await answer.catch(() => {
    throw new Error(`no API answers at ${api}; start Catwalk in another terminal (npm start)`);
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return tryOn.parse(JSON.parse(text));
}
