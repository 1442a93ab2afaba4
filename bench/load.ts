import { connect, type Socket } from 'node:net';

/** One request to be sent: its bytes, and what its answer is remembered under. */
export interface Shot {
  readonly bytes: Buffer;
  readonly key: string;
}

export interface LoadOptions {
  readonly port: number;
  readonly connections: number;
  /** Made before the clock runs. */
  readonly shots: readonly Shot[];
  /** What is to be found in the database afterwards; throws when the answer is not an acceptance. */
  accepted(shot: Shot, status: number, body: string): string;
}

export interface LoadResult {
  readonly seconds: number;
  readonly latenciesMs: Float64Array;
  readonly accepted: readonly string[];
}

/**
 * Keeps a number of connections busy, each with one request at a time, until all were answered. A client
 * over plain sockets: on a machine with few cores an ordinary one would take the server's share.
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { shots } = options;
  const latenciesMs = new Float64Array(shots.length);
  const accepted: string[] = [];
  let next = 0;
  const sockets = await Promise.all(Array.from({ length: options.connections }, () => open(options.port)));
  const startedAt = performance.now();
  const work = async (socket: Socket) => {
    const read = answersOf(socket);
    for (let n = next++; n < shots.length; n = next++) {
      const shot = shots[n] as Shot;
      const sentAt = performance.now();
      socket.write(shot.bytes);
      const answer = await read();
      latenciesMs[n] = performance.now() - sentAt;
      accepted.push(options.accepted(shot, answer.status, answer.body));
    }
  };
  await Promise.all(sockets.map(work)).finally(() => {
    for (const socket of sockets) socket.destroy();
  });
  return { seconds: (performance.now() - startedAt) / 1_000, latenciesMs: latenciesMs.sort(), accepted };
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}

interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Reads answers off a connection, one per call. Only what these servers send: a Content-Length, no chunks. */
function answersOf(socket: Socket): () => Promise<HttpAnswer> {
  let received = '';
  let waiting: { resolve(answer: HttpAnswer): void; reject(error: Error): void } | null = null;
  socket.setEncoding('latin1');
  socket.on('data', (chunk) => {
    received = received === '' ? String(chunk) : received + String(chunk);
    const headEnd = received.indexOf('\r\n\r\n');
    if (headEnd === -1) return;
    const bodyStart = headEnd + 4;
    const length = lengthOf(received.slice(0, headEnd));
    if (received.length < bodyStart + length) return;
    const answer = { status: Number(received.slice(9, 12)), body: received.slice(bodyStart) };
    received = '';
    waiting?.resolve(answer);
  });
  const broken = (error?: Error) => waiting?.reject(error ?? new Error('the server closed a connection'));
  socket.on('error', broken).on('close', () => broken());
  return () =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject };
    });
}

function lengthOf(head: string): number {
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without Content-Length: ${head}`);
  return Number(length);
}
