import { createSimulator } from '@catwalk/simulator';
import { canary, databaseForFile, findCanaries, runSql } from '@catwalk/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { startProcess } from './app-process.js';
import { makeHome, npmStart, removeHome } from './npm-start.js';
import { findFreePort } from './redis-server.js';

const database = await databaseForFile();
const home = makeHome();
const simulator = createSimulator({
  port: 0,
  accounts: [{ email: 'anna@example.com', maxJobs: 5 }],
  dials: { pictures: 'placeholder' },
});
const provider = (await simulator.start()).url;
afterAll(async () => {
  await simulator.close();
  removeHome(home);
});

/** What the doctor says, line by line, and with which exit code it ends. */
async function doctor(env: Readonly<Record<string, string>>, ...args: string[]) {
  const run = startProcess(process.execPath, ['apps/standalone/dist/doctor.js', ...args], {
    CATWALK_HOME: home,
    ...env,
  });
  const { code } = await run.ended();
  expect(findCanaries(run.output())).toEqual([]);
  return { code, lines: run.output().trimEnd().split('\n') };
}
const words = (lines: readonly string[]) => lines.map((line) => line.split(' ')[0]);

describe('npm run doctor', () => {
  it('finds nothing amiss on the embedded database, which it starts and stops, also beside a running Catwalk', {
    timeout: 120_000,
  }, async () => {
    const alone = await doctor({});
    expect(alone, alone.lines.join('\n')).toMatchObject({ code: 0 });
    expect(new Set(words(alone.lines))).toEqual(new Set(['ok']));
    expect(alone.lines.some((line) => /^ok +durability/.test(line))).toBe(true);

    const running = npmStart({ CATWALK_HOME: home }, '--no-sample');
    await running.untilReady();
    const beside = await doctor({});
    expect(beside, beside.lines.join('\n')).toMatchObject({ code: 0 });
    expect(beside.lines.map((line) => line.slice(0, 30))).toEqual(
      alone.lines.map((line) => line.slice(0, 30)),
    );
    expect((await running.get('/healthz')).status).toBe(200);
    running.signal('SIGTERM');
    expect(await running.ended()).toMatchObject({ code: 0 });
  });

  it('warns of a server that may lose commits in the sandbox, and refuses it in live', async () => {
    const sandbox = await doctor({ DATABASE_URL: database.url });
    expect(sandbox.code).toBe(0);
    expect(sandbox.lines.find((line) => line.includes('durability'))).toMatch(/^warning .*fsync.*turn it on/);
    const live = await doctor({ DATABASE_URL: database.url, USEAPI_TOKEN: canary('token') });
    expect(live.code).toBe(1);
    expect(live.lines.find((line) => line.includes('durability'))).toMatch(/^refused .*fsync/);
  });

  it('refuses settings by name, and a database that does not answer, without their values', async () => {
    const settings = await doctor({ MODE: 'live', POLL_INTERVAL_MS: canary('interval') });
    expect(settings.code).toBe(1);
    expect(settings.lines.filter((line) => /^refused +settings/.test(line)).join()).toMatch(
      /POLL_INTERVAL_MS.*USEAPI_TOKEN|USEAPI_TOKEN.*POLL_INTERVAL_MS/,
    );
    const url = `postgresql://me:${canary('password')}@127.0.0.1:${await findFreePort()}/shop`;
    const away = await doctor({ DATABASE_URL: url });
    expect(away.code).toBe(1);
    expect(away.lines.at(-1)).toMatch(/^refused .*PostgreSQL does not answer \(DATABASE_URL\)$/);
  });

  it('--live tells of token, slots, credits and callbacks, submits nothing without a terminal, and stops the server', {
    timeout: 60_000,
  }, async () => {
    const env = {
      USEAPI_TOKEN: 'sandbox',
      USEAPI_BASE_URL: provider,
      USEAPI_ACCOUNTS: 'anna@example.com:9',
      ALLOW_PRIVATE_ADDRESSES: 'on',
      PUBLIC_WEBHOOK_URL: `http://127.0.0.1:${await findFreePort()}`,
    };
    const { code, lines } = await doctor(env, '--live');
    expect(code, lines.join('\n')).toBe(0);
    const line = (check: string) => lines.find((one) => one.includes(` ${check} `));
    expect(line('settings')).toContain('live mode');
    expect(line('token')).toMatch(/^ok/);
    expect(line('slots')).toMatch(/^ok .*anna@example.com 0 of 5 taken/);
    expect(line('credits')).toMatch(/^ok .*66000 points/);
    expect(line('limits')).toMatch(/^warning .*9, the provider allows 5/);
    expect(line('callbacks')).toMatch(/^warning .*does not answer.*proxy/);
    expect(lines.at(-1)).toContain('in a terminal only');
    expect(simulator.bill().accepted).toBe(0);

    const refused = await doctor({ ...env, USEAPI_TOKEN: canary('wrong') }, '--live');
    expect(refused.code).toBe(1);
    expect(refused.lines.some((one) => /^refused +token/.test(one))).toBe(true);
  });

  it('says how it is used, and that --live needs a token', async () => {
    expect(await doctor({}, '--sample')).toEqual({ code: 1, lines: ['usage: npm run doctor -- [--live]'] });
    const { code, lines } = await doctor({}, '--live');
    expect([code, lines]).toEqual([
      1,
      [expect.stringMatching(/^refused +settings +USEAPI_TOKEN: --live needs a token/)],
    ]);
  });

  it('changes nothing in a database that it looks at', async () => {
    const rows = `SELECT (SELECT count(*)::int FROM catwalk.setting) AS settings, (SELECT count(*)::int FROM catwalk.account) AS accounts`;
    const before = await runSql(database.url, rows);
    await doctor({ DATABASE_URL: database.url });
    expect(await runSql(database.url, rows)).toEqual(before);
  });
});
