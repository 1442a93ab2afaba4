import { databaseForFile, eventually, openWire } from '@catwalk/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { startWebhook } from './start-webhook.js';
import { progressBody } from './task-body.js';

const database = await databaseForFile();
const wire = await openWire(database.url);
const { attempts, kept, lines, post } = await startWebhook(wire.url);
afterAll(() => wire.close());
const said = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describe('when Postgres goes away', () => {
  it('callbacks are 503 with Retry-After, and the outage is told once when it begins and once when it ends', async () => {
    const jobs = await attempts(50);
    await wire.cut();

    const answers = await Promise.all(jobs.map((job, n) => post(job.replyRef, progressBody(String(n + 1)))));

    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([503]));
    expect(answers[0]?.headers.get('retry-after')).toBe('5');
    await wire.mend();
    const [job] = jobs;
    if (job === undefined) throw new Error('jobs were asked for');
    await eventually(async () => expect((await post(job.replyRef, progressBody('1'))).status).toBe(200));
    await eventually(() => expect(said().some((line) => line.msg === 'outage.ended')).toBe(true));
    const outages = said().filter((line) => String(line.msg).startsWith('outage.'));
    expect(outages.map(({ msg, what }) => [msg, what])).toEqual([
      ['outage.began', 'postgres'],
      ['outage.ended', 'postgres'],
    ]);
    const refused = said().filter((line) => line.decision === 'not-stored');
    expect(refused.length).toBeGreaterThanOrEqual(50);
    expect(refused.filter((line) => 'err' in line)).toEqual([]);
    expect(await kept(job.replyRef)).toHaveLength(1);
  });
});
