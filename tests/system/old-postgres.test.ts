import { oldPostgres, runSql, startOldPostgres } from '@catwalk/testkit';
import { afterAll, expect, it } from 'vitest';
import { makeHome, npmStart, removeHome } from './npm-start.js';
import { shortWaits } from './settings.js';

const home = makeHome();
const server = oldPostgres === null ? null : await startOldPostgres();
const [version] = server === null ? [] : await runSql<{ v: string }>(server.adminUrl, versionSql());
afterAll(async () => {
  removeHome(home);
  await server?.stop();
});

const title = 'runs the sample, queue included, on the oldest PostgreSQL that npm carries';
it.skipIf(server === null)(
  `${title}: ${version?.v ?? `skipped, there is none for ${process.platform}-${process.arch}`}`,
  { timeout: 120_000 },
  async () => {
    const run = npmStart(
      { CATWALK_HOME: home, DATABASE_URL: server?.adminUrl ?? '', ...shortWaits },
      '--once',
    );
    const { code } = await run.ended();
    expect(code, run.output()).toBe(0);
    expect(run.output()).toContain('BullMQ on PostgreSQL');
    expect(run.output().match(/^person-\d-\S+ +succeeded /gm)).toHaveLength(24);
  },
);

function versionSql(): string {
  return `SELECT 'PostgreSQL ' || current_setting('server_version') AS v`;
}
