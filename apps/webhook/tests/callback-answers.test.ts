import { randomBytes } from 'node:crypto';
import { databaseForFile } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import { startWebhook } from './start-webhook.js';
import { progressBody, taskBody } from './task-body.js';

const database = await databaseForFile();
const { post, attempt, attempts, stateOf, kept } = await startWebhook(database.url);

/** Text that does not get shorter when it is packed. */
const long = randomBytes(3_000).toString('hex');

describe('a callback with a good signature', () => {
  it('and a body of the provider’s model is answered 200, kept raw, matched and applied', async () => {
    const job = await attempt();
    const body = taskBody('101', {
      images: ['https://cdn.example/1.png?sig=x', 'https://cdn.example/2.png'],
    });

    const answer = await post(job.replyRef, body, { 'user-agent': 'kling/1' });

    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(await kept(job.replyRef)).toMatchObject([{ decision: 'applied', repeats: 0, text: body }]);
    expect(await stateOf(job)).toEqual({
      status: 'succeeded',
      attempt: 'ended_succeeded',
      urls: ['https://cdn.example/1.png?sig=x', 'https://cdn.example/2.png'],
    });
  });

  it('whose body names another attempt is answered 400, kept, and never applied to either', async () => {
    const [mine, other] = await attempts(2);
    if (mine === undefined || other === undefined) throw new Error('two jobs were asked for');

    const answer = await post(mine.replyRef, taskBody('102', { extra: `,"replyRef":"${other.replyRef}"` }));

    expect(answer.status).toBe(400);
    expect(await kept(mine.replyRef)).toMatchObject([{ decision: 'mismatched' }]);
    expect(await kept(other.replyRef)).toEqual([]);
    for (const job of [mine, other]) expect(await stateOf(job)).toMatchObject({ status: 'submitting' });
  });

  it('whose body names an attempt that nobody knows is a mismatch too', async () => {
    const job = await attempt();

    const answer = await post(job.replyRef, taskBody('103', { extra: ',"replyRef":"att_of_nobody"' }));

    expect(answer.status).toBe(400);
    expect(await kept(job.replyRef)).toMatchObject([{ decision: 'mismatched' }]);
  });

  it.each([
    ['is not JSON', 'not json <html>'],
    ['is JSON, but no object', '[1, 2]'],
    ['is empty', ''],
    ['has no status at all', '{"task":{"id":1},"works":[]}'],
    ['has its status only as a number', '{"task":{"id":1},"status":99}'],
  ])('whose body %s is answered 400 and kept raw', async (_what, body) => {
    const job = await attempt();

    const answer = await post(job.replyRef, body);

    expect([answer.status, await answer.text()]).toEqual([400, '']);
    expect(await kept(job.replyRef)).toMatchObject([{ decision: 'malformed', text: body }]);
    expect(await stateOf(job)).toMatchObject({ status: 'submitting', attempt: 'sending' });
  });

  it.each([
    ['status_name', '{"status_name":"processing"}'],
    ['status as a string', '{"status":"processing"}'],
    ['status_final', '{"status_final":false}'],
  ])('needs no task, only a %s', async (_what, body) => {
    const job = await attempt();

    expect((await post(job.replyRef, body)).status).toBe(200);
    expect(await kept(job.replyRef)).toMatchObject([{ decision: 'progress' }]);
    expect(await stateOf(job)).toMatchObject({ status: 'processing', attempt: 'accepted' });
  });

  it('for an attempt that is not in this database is answered 200 and kept as an orphan', async () => {
    const answer = await post('att_of_a_restored_backup', taskBody('104'));

    expect(answer.status).toBe(200);
    expect(await kept('att_of_a_restored_backup')).toMatchObject([{ decision: 'orphan', repeats: 0 }]);
  });

  it('may carry a replyRef of any characters', async () => {
    const strange = 'at/t 1?#%é';
    expect((await post(strange, taskBody('105'))).status).toBe(200);
    expect(await kept(strange)).toMatchObject([{ decision: 'orphan' }]);
  });

  it.each([
    ['U+0000 in it', 'att_\0', 'att_\ufffd'],
    ['more characters than an index takes', long, `${long.slice(0, 500)}…`],
  ])('may carry a replyRef with %s', async (_what, replyRef, asKept) => {
    expect((await post(replyRef, taskBody('106'))).status).toBe(200);
    expect(await kept(asKept)).toMatchObject([{ decision: 'orphan' }]);
  });
});

describe('the same body again', () => {
  it('is answered 200 and counted, not stored again', async () => {
    const job = await attempt();
    const body = taskBody('201');

    const statuses = [];
    for (let time = 0; time < 4; time += 1) statuses.push((await post(job.replyRef, body)).status);

    expect(statuses).toEqual([200, 200, 200, 200]);
    expect(await kept(job.replyRef)).toMatchObject([{ decision: 'applied', repeats: 3 }]);
  });

  it('is counted once each when doubles arrive at the same moment', async () => {
    const job = await attempt();
    const body = taskBody('202');

    const answers = await Promise.all(Array.from({ length: 10 }, () => post(job.replyRef, body)));

    expect(answers.map((answer) => answer.status)).toEqual(Array(10).fill(200));
    expect(await kept(job.replyRef)).toMatchObject([{ decision: 'applied', repeats: 9 }]);
  });

  it('is counted for orphans and malformed bodies as well', async () => {
    for (let time = 0; time < 2; time += 1) {
      expect((await post('att_gone', taskBody('203'))).status).toBe(200);
      expect((await post('att_gone', 'broken')).status).toBe(400);
    }
    expect(await kept('att_gone')).toMatchObject([
      { decision: 'orphan', repeats: 1 },
      { decision: 'malformed', repeats: 1 },
    ]);
  });
});

describe('of one attempt', () => {
  it('at most 20 different bodies are kept, and the 21st is still applied', async () => {
    const job = await attempt();
    for (let n = 0; n < 20; n += 1) await post(job.replyRef, progressBody('301', `,"n":${n}`));
    expect(await kept(job.replyRef)).toHaveLength(20);

    const answer = await post(job.replyRef, taskBody('301'));

    expect(answer.status).toBe(200);
    expect(await kept(job.replyRef)).toHaveLength(20);
    expect(await stateOf(job)).toMatchObject({ status: 'succeeded', urls: ['https://cdn.example/a.png'] });
  });

  it('20 different bodies are kept whatever repeats arrive with them', async () => {
    const job = await attempt();
    const bodies = Array.from({ length: 30 }, (_, n) => progressBody('302', `,"n":${n}`));
    for (const body of bodies.slice(0, 10)) await post(job.replyRef, body);

    await Promise.all([...bodies, ...bodies].map((body) => post(job.replyRef, body)));

    const all = await kept(job.replyRef);
    expect(all).toHaveLength(20);
    const repeated = all.filter(({ text }) => bodies.slice(0, 10).includes(text));
    expect(repeated.map(({ repeats }) => repeats)).toEqual(Array(10).fill(2));
  });
});
