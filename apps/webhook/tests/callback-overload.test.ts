import { connect } from 'node:net';
import { databaseForFile, eventually } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import { createCallbackRecorder } from '../src/record-callbacks.js';
import { startWebhook } from './start-webhook.js';
import { progressBody } from './task-body.js';

const database = await databaseForFile();
const small = await startWebhook(database.url, ({ db }) => ({
  recorder: createCallbackRecorder(db, { maxWaitingBytes: 20_000 }),
}));
const impatient = await startWebhook(database.url, ({ db }) => ({
  recorder: createCallbackRecorder(db, { maxWaitMs: 300 }),
}));
const { db } = small;

describe('while nothing can be written', () => {
  it('more than may wait is 503 with Retry-After before its body is read, and what waited is written', async () => {
    const { address, attempts, context, kept, post } = small;
    // The one that waits, a group beside it, and more than may wait behind both.
    const [first, ...jobs] = await attempts(41);
    if (first === undefined) throw new Error('jobs were asked for');
    const hold = await holdCallbacks();
    const inFlight = post(first.replyRef, progressBody('1'));
    await eventually(() => expect(hold.waitingFor()).resolves.toBe(1));

    const waiting = jobs.map((job, n) => post(job.replyRef, progressBody(String(100 + n)).padEnd(600)));
    await eventually(() => expect(context.recorder.isFull()).toBe(true));
    const refused = await sendHead(address('att_late'), 500_000);
    hold.release();

    expect(refused).toMatch(/^HTTP\/1\.1 503 /);
    expect(refused).toMatch(/\r\nRetry-After: [1-9]\d*\r\n/i);
    expect((await inFlight).status).toBe(200);
    const statuses = (await Promise.all(waiting)).map((answer) => answer.status);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(15);
    for (const [n, job] of jobs.entries())
      expect(await kept(job.replyRef)).toHaveLength(statuses[n] === 200 ? 1 : 0);
    expect(await kept('att_late')).toEqual([]);
    expect(context.recorder.isFull()).toBe(false);
  });

  it('bodies still being read count: one more is 503, and is taken once they are gone', async () => {
    const { address, attempts, post } = small;
    const [slow, next] = await attempts(2);
    if (slow === undefined || next === undefined) throw new Error('two jobs were asked for');
    const { hostname, port, pathname } = new URL(address(slow.replyRef));
    const socket = connect(Number(port), hostname);
    socket.write(`POST ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Length: 30000\r\n\r\n{`);

    await eventually(async () => expect((await post(next.replyRef, progressBody('301'))).status).toBe(503));
    socket.destroy();

    await eventually(async () => expect((await post(next.replyRef, progressBody('301'))).status).toBe(200));
  });

  it('what waits too long is 503, and is not written afterwards', async () => {
    const { attempts, context, kept, post } = impatient;
    const [first, second] = await attempts(2);
    if (first === undefined || second === undefined) throw new Error('two jobs were asked for');
    const hold = await holdCallbacks();
    const inFlight = post(first.replyRef, progressBody('201'));
    await eventually(() => expect(hold.waitingFor()).resolves.toBe(1));

    const late = await post(second.replyRef, progressBody('202'));
    hold.release();

    expect(late.status).toBe(503);
    expect(late.headers.get('retry-after')).not.toBeNull();
    expect((await inFlight).status).toBe(200);
    await context.recorder.drain();
    expect(await kept(second.replyRef)).toEqual([]);
  });
});

interface Hold {
  /** How many writers wait for the table. */
  waitingFor(): Promise<number>;
  release(): void;
}

/** Holds the table of callbacks, so that every write to it waits. */
function holdCallbacks(): Promise<Hold> {
  return new Promise((resolve, reject) => {
    db.prisma
      .$transaction(
        async (tx) => {
          await tx.$executeRaw`LOCK TABLE catwalk.callback IN ACCESS EXCLUSIVE MODE`;
          await new Promise<void>((release) => resolve({ waitingFor, release }));
        },
        { timeout: 20_000 },
      )
      .catch(reject);
  });
}

async function waitingFor(): Promise<number> {
  const [row] = await db.prisma.$queryRaw<{ n: number }[]>`
    SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
  return row?.n ?? 0;
}

/** Sends only the head of a POST, and returns the head of the answer. */
function sendHead(to: string, bytes: number): Promise<string> {
  const { hostname, port, pathname } = new URL(to);
  const head = `POST ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes}\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(head));
    socket.setTimeout(5_000, () => socket.destroy(new Error('nothing came back')));
    socket.on('error', reject);
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
  });
}
