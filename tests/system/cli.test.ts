import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startProcess } from './app-process.js';
import { addressIn, makeHome, npmStart, removeHome } from './npm-start.js';
import { shortWaits } from './settings.js';

const home = makeHome();
const out = mkdtempSync(join(tmpdir(), 'catwalk-cli-'));
const running = npmStart({ ...shortWaits, CATWALK_HOME: home }, '--no-sample');
afterAll(async () => {
  running.signal('SIGKILL');
  await running.ended();
  removeHome(home);
  rmSync(out, { recursive: true });
});

/** `npx catwalk …` in the repository, told nothing but the home. */
async function catwalk(...typed: string[]): Promise<{ code: number | null; output: string }> {
  const run = startProcess('npx', ['catwalk', ...typed], {
    CATWALK_HOME: home,
    // What npm itself has to say is not ours.
    npm_config_loglevel: 'error',
  });
  const { code } = await run.ended();
  return { code, output: run.output() };
}

describe('npx catwalk', () => {
  it('finds what npm start runs here, submits, waits, and saves the picture under its customId', {
    timeout: 120_000,
  }, async () => {
    await running.untilReady();
    const samples = `${addressIn(running.output(), 'simulator')}/samples`;
    const { code, output } = await catwalk(
      'submit',
      ...['--human-image', `${samples}/person-1.png`, '--dress-input', `${samples}/dress-1.png`],
      ...['--custom-id', 'look 1', '--metadata', 'season=spring', '--out', out],
    );
    expect(code, output).toBe(0);
    expect(readdirSync(out)).toContain('look_1.png');
    expect(output).toContain('1 picture saved to ');
  });

  it('shows one, many, what happened, why, the accounts, the usage and how all of it stands', {
    timeout: 120_000,
  }, async () => {
    const list = await catwalk('list', '--custom-id', 'look 1', '--json');
    const [tryOn] = JSON.parse(list.output).data;
    expect(tryOn).toMatchObject({ status: 'succeeded', metadata: { season: 'spring' } });
    const looks: readonly (readonly [readonly string[], RegExp])[] = [
      [['get', tryOn.id], /^try_\w+ succeeded \(SANDBOX\)\n {2}customId {2}look 1\n/],
      [['list', '--status', 'succeeded,failed'], new RegExp(`^try-on .*\n${tryOn.id}  look 1 `)],
      [['timeline', tryOn.id], /^at .*\n\S+ {2}try_on\.queued /],
      [['why', tryOn.id], /^succeeded at /],
      [['accounts'], /^account .*\nanna@example\.com /],
      [
        ['usage', '--by', 'day,client'],
        /^\S+ to \S+ \(SANDBOX: nothing was billed\)\nday .*client .*\n.* default /,
      ],
      [['status'], /^Catwalk \S+ in SANDBOX mode\n {2}try-ons {3}1 succeeded\n/],
    ];
    for (const [typed, expected] of looks) {
      const { code, output } = await catwalk(...typed);
      expect(code, output).toBe(0);
      expect(output).toMatch(expected);
    }
  });

  it('says that nothing runs once it was stopped', { timeout: 60_000 }, async () => {
    expect(existsSync(join(home, 'sandbox/api.json'))).toBe(true);
    running.signal('SIGINT');
    expect(await running.ended()).toMatchObject({ code: 0 });
    expect(existsSync(join(home, 'sandbox/api.json'))).toBe(false);
    const { code, output } = await catwalk('status');
    expect(code).toBe(1);
    expect(output).toContain('start one with `npm start`');
  });
});
