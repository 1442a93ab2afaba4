import { appendFileSync } from 'node:fs';
import { createCatwalk } from '@catwalk/client';
import { readFollowed } from '../read-followed.js';

/** A consumer with the SDK: it writes each event to a file, goes on behind the last one there, and is killed at will. */
export async function serveEventFollower() {
  const { FOLLOW_URL = '', FOLLOW_KEY = '', FOLLOW_FILE = '' } = process.env;
  const catwalk = createCatwalk({ baseUrl: FOLLOW_URL, apiKey: FOLLOW_KEY });
  const stopping = new AbortController();
  const after = readFollowed(FOLLOW_FILE, { mend: true }).at(-1)?.position ?? 0;
  const follow = async () => {
    for await (const { position, details } of catwalk.events.follow({ after, signal: stopping.signal }))
      appendFileSync(FOLLOW_FILE, `${position} ${String(details.name)} ${now()}\n`);
  };
  follow().catch((error: unknown) => {
    if (stopping.signal.aborted) return;
    console.error(error);
    process.exit(1);
  });
  return { port: 0, close: async () => stopping.abort() };
}

function now(): number {
  return performance.timeOrigin + performance.now();
}
