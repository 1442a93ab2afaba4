import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canary, databaseForFile, findCanaries, runSql } from '@catwalk/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, startProcess } from './app-process.js';
import { npmStart } from './npm-start.js';
import { findFreePort } from './redis-server.js';

const database = await databaseForFile();
const folder = mkdtempSync(join(tmpdir(), 'catwalk-refused-'));
const taken = createServer();
beforeAll(() => new Promise<void>((resolve) => void taken.listen(0, '127.0.0.1', resolve)));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await new Promise((resolve) => taken.close(resolve));
});

describe('a start that cannot be exits 1 and says why in one clear sentence, without a stack trace:', () => {
  it.concurrent('a port that was set is taken', async () => {
    const port = portOf(taken);
    const said = await refusal({ DATABASE_URL: database.url, API_PORT: String(port) });
    expect(said).toEqual([`API_PORT: port ${port} on 127.0.0.1 is taken or may not be used`]);
  });

  it.concurrent('the data folder cannot be written', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const said = await refusal({ CATWALK_HOME: file });
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(file);
    expect(said[0]).toContain('CATWALK_HOME');
  });

  it.concurrent('the data folder cannot be made, nor any above it', async () => {
    const said = await refusal({ CATWALK_HOME: '/proc/nope/home' });
    expect(said).toEqual([
      'catwalk cannot start: /proc/nope/home/sandbox cannot be written; set CATWALK_HOME to a folder that can',
    ]);
  });

  it.concurrent('a check that refuses before anything is started', async () => {
    const said = await refusal({ DATABASE_URL: `${database.url}?options=-c%20a` });
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('DATABASE_URL');
  });

  it.concurrent('two parts are to listen on the same port', async () => {
    const port = String(portOf(taken));
    expect(await refusal({ API_PORT: port, WEBHOOK_PORT: port })).toEqual([
      'WEBHOOK_PORT: must not be the port of API_PORT',
    ]);
  });

  it.concurrent('PostgreSQL does not answer', async () => {
    const password = canary('password');
    const said = await refusal({
      DATABASE_URL: `postgresql://me:${password}@127.0.0.1:${await findFreePort()}/shop`,
    });
    expect(said).toEqual(['catwalk cannot start: PostgreSQL does not answer (DATABASE_URL)']);
  });

  it.concurrent('the database belongs to the other mode', async () => {
    await runSql(
      database.url,
      `INSERT INTO catwalk.setting (key, value) VALUES ('mode', 'sandbox') ON CONFLICT DO NOTHING`,
    );
    const said = await refusal({ DATABASE_URL: database.url, USEAPI_TOKEN: canary('token') });
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^this database holds sandbox jobs; live needs its own/);
  });

  it.concurrent('a host that is not this machine', async () => {
    const keys = { API_KEYS: `shop:${canary('key').padEnd(32, 'k')}` };
    const said = await refusal({ DATABASE_URL: database.url, API_HOST: 'no.such.host.invalid', ...keys });
    expect(said).toEqual([
      'API_HOST: "no.such.host.invalid" is not an address of this machine: nothing can listen there',
    ]);
  });

  it.concurrent('a database to migrate that is not there', async () => {
    const password = canary('password');
    const url = new URL(database.url);
    url.pathname = '/no_such_database';
    url.password = password;
    const run = startProcess(process.execPath, ['packages/infra/dist/postgres/migrate-main.js'], {
      DATABASE_URL: url.href,
    });
    expect(await run.ended()).toMatchObject({ code: 1 });
    expect(run.output()).toMatch(/^migrate cannot start: .*(no_such_database|password).*\n$/);
    expect(findCanaries(run.output())).toEqual([]);
  });

  it.concurrent('an argument it does not know', async () => {
    expect(await refusal({}, '--sample')).toEqual(['usage: npm start -- [--no-sample] [--once]']);
  });
});

describe('settings that are missing or wrong', () => {
  it.concurrent('are told all at once by npm start, by name, without their values', async () => {
    const said = await refusal({
      MODE: canary('mode'),
      POLL_INTERVAL_MS: canary('interval'),
      DATABASE_URL: canary('database'),
      API_KEYS: `shop:${canary('key')} ${canary('key')}`,
      CALLBACK_SECRET: `short,${canary('secret')}`,
      USEAPI_BASE_URL: `http://me:${canary('password')}@provider.example`,
      REDIS_URL: `http://:${canary('password')}@127.0.0.1`,
      USEAPI_ACCOUNTS: canary('accounts'),
    });
    expect(said.map((line) => line.split(':')[0]).sort()).toEqual([
      'API_KEYS',
      'CALLBACK_SECRET',
      'DATABASE_URL',
      'MODE',
      'POLL_INTERVAL_MS',
      'REDIS_URL',
      'USEAPI_ACCOUNTS',
      'USEAPI_BASE_URL',
    ]);
  });

  it.concurrent.each([
    ['api', ['MODE', 'DATABASE_URL']],
    ['webhook', ['MODE', 'DATABASE_URL', 'CALLBACK_SECRET']],
    ['worker', ['MODE', 'DATABASE_URL', 'CALLBACK_SECRET']],
  ])('keep the %s from starting by itself, which tells them all at once', async (app, missing) => {
    const run = startApp(app, {});
    expect(await run.ended()).toMatchObject({ code: 1 });
    expect(run.output().trimEnd().split('\n').sort()).toEqual(
      missing.map((name) => `${name}: is required`).sort(),
    );
  });
});

/** What `npm start` says of itself, line by line, when it exits 1. */
async function refusal(env: Readonly<Record<string, string>>, ...args: string[]): Promise<string[]> {
  const run = npmStart({ CATWALK_HOME: join(folder, 'home'), ...env }, ...args);
  expect(await run.ended(), run.output()).toMatchObject({ code: 1 });
  expect(findCanaries(run.output())).toEqual([]);
  expect(run.output()).not.toMatch(/^\s+at /m);
  const own = run.output().split('\n');
  return own.filter((line) => line !== '' && !line.startsWith('> ') && !line.startsWith('npm '));
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
