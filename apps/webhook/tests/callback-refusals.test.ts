import { connect } from 'node:net';
import { createDatabase, databaseForFile, runSql } from '@catwalk/testkit';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { oldSecret, post as postTo, startWebhook } from './start-webhook.js';
import { progressBody, taskBody } from './task-body.js';

const database = await databaseForFile();
const { url, db, lines, address, post, attempt, stateOf, kept } = await startWebhook(database.url);

const rows = async () => db.prisma.callback.count();
const tooLarge = `{"status_name":"${'x'.repeat(1_048_576)}"}`;

async function expectNothingFound(answer: Response): Promise<void> {
  expect([answer.status, await answer.text()]).toEqual([404, '']);
}

describe('a request without a good signature', () => {
  it.each([
    ['a signature of another replyRef', (own: string) => own.replace(/att_[0-9a-f]+/, 'att_0123')],
    ['a flipped character', (own: string) => own.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'))],
    ['a cut signature', (own: string) => own.slice(0, -4)],
    ['an empty signature', (own: string) => own.replace(/[^/]+$/, '')],
    ['a signature of 1 MB', (own: string) => `${own}${'A'.repeat(8_000)}`],
    ['a path that cannot be decoded', (own: string) => own.replace('att_', '%E0%A4%A')],
    ['one segment more', (own: string) => `${own}/more`],
  ])('as with %s finds an empty 404 and leaves no row', async (_what, forge) => {
    const job = await attempt();
    const before = await rows();

    await expectNothingFound(await postTo(forge(address(job.replyRef)), taskBody('1')));

    expect(await rows()).toBe(before);
    expect(await stateOf(job)).toMatchObject({ status: 'submitting' });
  });

  it('is judged by mode and secret: those of another installation or mode do not pass', async () => {
    const job = await attempt();
    const { callbackAddress } = await import('@catwalk/provider');

    await expectNothingFound(await postTo(address(job.replyRef, 'x'.repeat(40)), taskBody('1')));
    await expectNothingFound(
      await postTo(callbackAddress(url, 'live', job.replyRef, oldSecret), taskBody('1')),
    );
    expect(await kept(job.replyRef)).toEqual([]);
  });

  it('is told of in one sampled line, however many come', async () => {
    for (let time = 0; time < 20; time += 1) await postTo(`${url}/callbacks/a/b`, '{}');

    expect(lines.filter((line) => line.includes('callback.unsigned'))).toHaveLength(1);
  });

  it('learns that before its size is judged', async () => {
    await expectNothingFound(await postTo(`${url}/callbacks/att_1/forged`, tooLarge));
  });
});

describe('a signature by an old secret', () => {
  it('still verifies', async () => {
    const job = await attempt();

    expect((await postTo(address(job.replyRef, oldSecret), taskBody('2'))).status).toBe(200);
    expect(await stateOf(job)).toMatchObject({ status: 'succeeded' });
  });
});

describe('everything else', () => {
  it.each(['/', '/callbacks', '/callbacks/a', '/admin', '/v1/try-ons', '/callbacks/a/b/c/d'])(
    'POST %s is an empty 404',
    async (path) => expectNothingFound(await postTo(`${url}${path}`, taskBody('1'))),
  );

  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    '%s on a signed path is an empty 404 and leaves no row',
    async (method) => {
      const job = await attempt();
      await expectNothingFound(await fetch(address(job.replyRef), { method }));
      expect(await kept(job.replyRef)).toEqual([]);
    },
  );

  it('but /healthz says that it lives, and no answer says what it runs on', async () => {
    const answer = await fetch(`${url}/healthz`);

    expect([answer.status, await answer.json()]).toEqual([200, { status: 'ok' }]);
    expect(answer.headers.get('x-powered-by')).toBeNull();
  });
});

describe('a body over 1 MB', () => {
  it('is 413 and nothing else: no row, no change', async () => {
    const job = await attempt();

    expect((await post(job.replyRef, tooLarge)).status).toBe(413);

    expect(await kept(job.replyRef)).toEqual([]);
    expect(await stateOf(job)).toMatchObject({ status: 'submitting' });
  });

  it('begins at one byte more than 1,048,576', async () => {
    const job = await attempt();
    const body = progressBody('3');
    const exactly = body.padEnd(1_048_576);

    expect((await post(job.replyRef, exactly)).status).toBe(200);
    expect((await post(job.replyRef, `${exactly} `)).status).toBe(413);
  });

  it('is found out while it comes, also without a Content-Length', async () => {
    const job = await attempt();
    const path = new URL(address(job.replyRef)).pathname;
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;

    const answer = await talk(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(17)}0\r\n\r\n`,
    );

    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(await kept(job.replyRef)).toEqual([]);
  });
});

describe('what cannot be stored', () => {
  it('is 503 with Retry-After, nothing is acknowledged, and the same POST works later', async () => {
    const own = await createDatabase();
    const rig = await startWebhook(own.url);
    afterAll(() => own.drop());
    const job = await rig.attempt();
    const admin = inject('catwalkAdminUrl');
    const allow = (yes: boolean) => runSql(admin, `ALTER DATABASE "${own.name}" ALLOW_CONNECTIONS ${yes}`);
    const cut = () =>
      runSql(admin, 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [own.name]);

    await allow(false);
    await cut();
    const refused = await rig.post(job.replyRef, taskBody('4'));
    await allow(true);

    expect([refused.status, await refused.text()]).toEqual([503, '']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await rig.kept(job.replyRef)).toEqual([]);
    expect((await rig.post(job.replyRef, taskBody('4'))).status).toBe(200);
    expect(await rig.kept(job.replyRef)).toMatchObject([{ decision: 'applied', repeats: 0 }]);
  });

  it('is not a callback whose connection died idle: it is stored over a new one', async () => {
    const job = await attempt();
    await runSql(
      inject('catwalkAdminUrl'),
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1',
      [database.name],
    );

    expect((await post(job.replyRef, taskBody('5'))).status).toBe(200);
  });
});

/** Says something over a plain connection and returns what comes back first. */
function talk(text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.setTimeout(5_000, () => socket.destroy(new Error('nothing came back')));
    socket.on('error', reject);
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
  });
}
