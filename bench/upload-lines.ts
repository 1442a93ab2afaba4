import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const LINES_AT_ONCE = 200;

/** Sends so many NDJSON lines as one batch; the clock runs from the first byte to the answer. */
export async function uploadLines(
  port: number,
  key: string,
  lines: number,
  line: (n: number) => string,
): Promise<{ readonly id: string; readonly seconds: number }> {
  // Made before the clock runs: the client shares the machine.
  const parts = Array.from({ length: Math.ceil(lines / LINES_AT_ONCE) }, (_, part) =>
    partOf(part * LINES_AT_ONCE, Math.min(lines, (part + 1) * LINES_AT_ONCE), line),
  );
  const headers = { 'Content-Type': 'application/x-ndjson', Authorization: `Bearer ${key}` };
  const startedAt = performance.now();
  const upload = request({ port, host: '127.0.0.1', path: '/v1/batches', method: 'POST', headers });
  const answer = new Promise<{ status: number; text: string }>((resolve, reject) => {
    upload.on('error', reject).on('response', async (response) => {
      let text = '';
      for await (const piece of response.setEncoding('utf8')) text += piece;
      resolve({ status: response.statusCode ?? 0, text });
    });
  });
  await pipeline(Readable.from(parts), upload);
  const { status, text } = await answer;
  const seconds = (performance.now() - startedAt) / 1_000;
  if (status !== 202) throw new Error(`POST /v1/batches answered ${status}: ${text}`);
  return { id: String(JSON.parse(text).id), seconds };
}

function partOf(from: number, to: number, line: (n: number) => string): Buffer {
  let text = '';
  for (let n = from; n < to; n += 1) text += `${line(n)}\n`;
  return Buffer.from(text);
}
