// A receiver in Node.js, without a library. Run it: WEBHOOK_SECRET=whsec_… node receive-webhook.mjs
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const TOLERANCE_S = 5 * 60;
const PORT = Number(process.env.PORT ?? 4000);
// While a secret is being rotated both may stand here, with a space between them.
const secrets = (process.env.WEBHOOK_SECRET ?? '').split(' ').filter((secret) => secret !== '');

/** Whether a request comes from Catwalk, now. `body` are the bytes as they came: never parse first. */
export function isSigned(headers, body, nowS = Date.now() / 1000) {
  const id = headers['webhook-id'] ?? '';
  const timestamp = headers['webhook-timestamp'] ?? '';
  if (id === '' || !/^\d+$/.test(timestamp)) return false;
  if (Math.abs(nowS - Number(timestamp)) > TOLERANCE_S) return false;
  const sent = (headers['webhook-signature'] ?? '').split(' ').flatMap((one) => {
    const [version, signature = ''] = one.split(',');
    return version === 'v1' ? [Buffer.from(signature, 'base64')] : [];
  });
  return secrets.some((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    const made = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
    return sent.some((one) => one.length === made.length && timingSafeEqual(one, made));
  });
}

/** Deliveries come at least once. In earnest this is a unique column in your database. */
const seen = new Set();

createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  if (!isSigned(request.headers, body)) return response.writeHead(401).end();
  const id = request.headers['webhook-id'];
  if (!seen.has(id)) {
    seen.add(id);
    const event = JSON.parse(body);
    console.log(event.type, event.tryOnId ?? event.batchId ?? '');
  }
  response.writeHead(204).end();
}).listen(PORT, () => console.log(`listening on ${PORT}`));
