import { once } from 'node:events';
import { connect } from 'node:net';

/** Sends one command to a Redis and returns its raw answer; an error answer throws. */
export async function askRedis(url: string, ...command: readonly string[]): Promise<string> {
  const { hostname, port, password } = new URL(url);
  const socket = connect(Number(port || 6379), hostname).setNoDelay(true);
  socket.setTimeout(10_000, () => socket.destroy(new Error('Redis does not answer')));
  await once(socket, 'connect');
  if (password !== '') socket.write(encode(['AUTH', decodeURIComponent(password)]));
  socket.end(encode(command) + encode(['QUIT']));
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  const answer = Buffer.concat(chunks).toString();
  if (/^-/m.test(answer)) throw new Error(answer);
  return answer;
}

function encode(words: readonly string[]): string {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${words.length}\r\n${parts.join('')}`;
}
