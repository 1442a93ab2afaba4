import { Agent, request } from 'node:http';
import { databaseForFile, eventually, findCanaries } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import { startWebhook } from './start-webhook.js';
import { progressBody, taskBody } from './task-body.js';

const database = await databaseForFile();
const { db, lines, address, post, attempts, stateOf, kept } = await startWebhook(database.url);

describe('200 callbacks at once over kept-alive connections', () => {
  it('are all acknowledged, stored and applied', async () => {
    const jobs = await attempts(200);
    const agent = new Agent({ keepAlive: true, maxSockets: 50 });

    const statuses = await Promise.all(
      jobs.map((job, n) => postOver(agent, address(job.replyRef), taskBody(String(1_000 + n)))),
    );
    agent.destroy();

    expect(statuses).toEqual(Array(200).fill(200));
    const refs = jobs.map((job) => job.replyRef);
    expect(await db.prisma.callback.count({ where: { replyRef: { in: refs }, decision: 'applied' } })).toBe(
      200,
    );
    const ids = jobs.map((job) => job.jobId);
    expect(await db.prisma.tryOn.count({ where: { id: { in: ids }, status: 'succeeded' } })).toBe(200);
  });

  it('are all stored when they are about one job', async () => {
    const [job] = await attempts(1);
    if (job === undefined) throw new Error('a job was asked for');
    const bodies = Array.from({ length: 10 }, (_, n) => progressBody('1', `,"n":${n}`));

    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => post(job.replyRef, bodies[n % 10] ?? '')),
    );

    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    const rows = await kept(job.replyRef);
    expect(rows.map(({ repeats }) => repeats)).toEqual(Array(10).fill(19));
    expect(await stateOf(job)).toMatchObject({ status: 'processing' });
  });
});

describe('the log', () => {
  it('has one line per callback with what was decided', async () => {
    const [job] = await attempts(1);
    if (job === undefined) throw new Error('a job was asked for');
    await post(job.replyRef, taskBody('9001'));

    const entries = await eventually(() => {
      const found = lines.map((line) => JSON.parse(line)).filter((entry) => entry.replyRef === job.replyRef);
      expect(found).toHaveLength(1);
      return found;
    });
    expect(entries).toMatchObject([
      { msg: 'callback.received', decision: 'applied', durationMs: expect.any(Number) },
    ]);
  });

  it('carries no path, no signature, no secret and nothing of a body', async () => {
    const [job] = await attempts(1);
    if (job === undefined) throw new Error('a job was asked for');
    const signed = address(job.replyRef);
    const body = taskBody('9002', { images: ['https://cdn.example/private.png?sig=s3cret'] });
    await post(job.replyRef, body);
    await post(job.replyRef, 'not json s3cret');
    await fetch(`${signed}x`, { method: 'POST', body: 's3cret' });
    await fetch(`${signed}?token=s3cret`, { method: 'POST', body, headers: { 'x-token': 's3cret' } });
    await fetch(signed.replace('att_', '%E0%A4%A'), { method: 'POST', body: 's3cret' });

    const text = lines.join('\n');
    expect(text).toContain(job.replyRef);
    expect(findCanaries(text)).toEqual([]);
    expect(text).not.toContain(signed.split('/').at(-1));
    expect(text).not.toContain('/callbacks/');
    expect(text).not.toContain('s3cret');
  });
});

function postOver(agent: Agent, address: string, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const outgoing = request(address, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    outgoing.on('error', reject).end(body);
  });
}
