import { createDatabase, databaseForFile, runSql, type TestDatabase } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import {
  DatabaseRefusedError,
  diffSchema,
  type Mode,
  migrate,
  openDatabase,
  ownDatabase,
} from '../../src/postgres/index.js';
import { openRewritingProxy } from './open-rewriting-proxy.js';

const migrated = await databaseForFile();

async function onEmpty(test: (database: TestDatabase) => Promise<void>): Promise<void> {
  const database = await createDatabase({ empty: true });
  try {
    await test(database);
  } finally {
    await database.drop();
  }
}

/** Everything that has a name in a database, beside the server's own. */
async function namesIn(url: string): Promise<string[]> {
  const rows = await runSql<{ name: string }>(
    url,
    `SELECT n.nspname || '.' || coalesce(c.relname, '') AS name FROM pg_namespace n
     LEFT JOIN pg_class c ON c.relnamespace = n.oid
     WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1`,
  );
  return rows.map((row) => row.name);
}

async function finishedIn(url: string): Promise<unknown[]> {
  return runSql(
    url,
    `SELECT migration_name FROM catwalk._prisma_migrations
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY 1`,
  );
}

describe('migrating', () => {
  it('makes the schema that prisma/schema.prisma describes', async () => {
    expect(await diffSchema(migrated.url)).toBe('');
  });

  it('is idempotent: a second run changes nothing', async () => {
    const before = await namesIn(migrated.url);
    await migrate(migrated.url);
    expect(await namesIn(migrated.url)).toEqual(before);
  });

  it('passes a pooler that refuses what it does not know among the parameters of a connection', () =>
    onEmpty(async (database) => {
      const refused: string[] = [];
      const url = await openRewritingProxy(database.url, () => (sent) => {
        if (sent.includes('\0options\0')) refused.push(sent);
        return sent;
      });
      await migrate(url);

      expect(refused).toEqual([]);
      expect(await finishedIn(database.url)).toEqual(await finishedIn(migrated.url));
      expect(await namesIn(database.url)).toEqual(await namesIn(migrated.url));
    }));

  it('may be done by many processes at once, and happens once', () =>
    onEmpty(async (database) => {
      await Promise.all(Array.from({ length: 4 }, () => migrate(database.url)));

      const runs = 'SELECT migration_name FROM catwalk._prisma_migrations ORDER BY migration_name';
      expect(await runSql(database.url, runs)).toEqual(await runSql(migrated.url, runs));
      expect(await namesIn(database.url)).toEqual(await namesIn(migrated.url));
    }));

  it('begins anew after a kill that left only Prisma’s empty table', () =>
    onEmpty(async (database) => {
      await migrate(database.url);
      await runSql(
        database.url,
        `CREATE SCHEMA kept; ALTER TABLE catwalk._prisma_migrations SET SCHEMA kept; DROP SCHEMA catwalk CASCADE;
         ALTER SCHEMA kept RENAME TO catwalk; DELETE FROM catwalk._prisma_migrations`,
      );

      await migrate(database.url);

      expect(await namesIn(database.url)).toEqual(await namesIn(migrated.url));
    }));

  it('begins anew after a first migration that was killed half-way', () =>
    onEmpty(async (database) => {
      await migrate(database.url);
      const half = `DELETE FROM catwalk._prisma_migrations WHERE migration_name <> '20261122000000_init';
        UPDATE catwalk._prisma_migrations SET finished_at = NULL; DROP TABLE catwalk.event`;
      for (const statement of half.split(';')) await runSql(database.url, statement);

      await migrate(database.url);

      expect(await namesIn(database.url)).toEqual(await namesIn(migrated.url));
    }));

  // Each script beside the statement that undoes it.
  const scripts = [
    [
      '20261122010000_evidence_search',
      `DROP INDEX catwalk.attempt_account_sent_idx;
       ALTER TABLE catwalk.attempt DROP absent_at, DROP grace_from, DROP swept_at`,
    ],
    ['20261122020000_provisional_tasks', 'DROP INDEX catwalk.attempt_provisional_idx'],
    [
      '20261122030000_callback_health',
      `DROP INDEX catwalk.try_on_client_status_idx, catwalk.attempt_ended_idx, catwalk.callback_proof_idx`,
    ],
    [
      '20261122040000_events_without_key',
      `ALTER TABLE catwalk.event ADD CONSTRAINT event_try_on_id_fkey
         FOREIGN KEY (try_on_id) REFERENCES catwalk.try_on (id)`,
    ],
    [
      '20261122050000_account_absence',
      `ALTER TABLE catwalk.account DROP foreign_until, DROP missing_since, DROP removed;
       ALTER TABLE catwalk.provider ADD asked_at timestamptz`,
    ],
  ] as const;
  const unmark = (name: string) =>
    `UPDATE catwalk._prisma_migrations SET finished_at = NULL WHERE migration_name = '${name}'`;

  it.each(scripts)('applies %s after a kill that left only its name', (name, undo) =>
    onEmpty(async (database) => {
      await migrate(database.url);
      await runSql(database.url, `${undo}; ${unmark(name)}`);

      await migrate(database.url);

      expect(await diffSchema(database.url)).toBe('');
      expect(await finishedIn(database.url)).toEqual(await finishedIn(migrated.url));
    }),
  );

  it.each(scripts)('knows %s after a kill that left all but its mark', (name) =>
    onEmpty(async (database) => {
      await migrate(database.url);
      await runSql(database.url, unmark(name));

      await migrate(database.url);

      expect(await diffSchema(database.url)).toBe('');
      expect(await finishedIn(database.url)).toEqual(await finishedIn(migrated.url));
    }),
  );

  it('leaves nothing of a script that breaks off half-way', () =>
    onEmpty(async (database) => {
      await runSql(database.url, 'CREATE SCHEMA catwalk; CREATE TYPE catwalk.event AS ENUM ()');

      await expect(migrate(database.url)).rejects.toThrow('event');

      expect(await namesIn(database.url)).not.toContain('catwalk.try_on');
    }));

  it('leaves other schemas of the database alone', () =>
    onEmpty(async (database) => {
      await runSql(database.url, 'CREATE TABLE public.try_on (mine text)');
      await migrate(database.url);

      expect(await namesIn(database.url)).toContain('public.try_on');
      expect(await runSql(database.url, 'SELECT mine FROM public.try_on')).toEqual([]);
    }));

  it('may begin in an empty schema that an operator made for it', () =>
    onEmpty(async (database) => {
      await runSql(database.url, 'CREATE SCHEMA catwalk');
      await migrate(database.url);

      expect(await namesIn(database.url)).toContain('catwalk.try_on');
    }));
});

describe('a schema "catwalk" that is somebody else’s', () => {
  it.each([
    ['a table', 'CREATE TABLE catwalk.show (id int)'],
    ['a table of the same name', 'CREATE TABLE catwalk.try_on (id int)'],
    ['a view', 'CREATE VIEW catwalk.show AS SELECT 1'],
    ['a materialized view', 'CREATE MATERIALIZED VIEW catwalk.show AS SELECT 1'],
    ['a sequence', 'CREATE SEQUENCE catwalk.show'],
    [
      'another project’s Prisma migrations',
      `CREATE TABLE catwalk._prisma_migrations AS SELECT 'their_init' AS migration_name, now() AS finished_at`,
    ],
  ])('with %s is refused in words, before any change', (_what, makeIt) =>
    onEmpty(async (database) => {
      await runSql(database.url, 'CREATE SCHEMA catwalk');
      await runSql(database.url, makeIt);
      const before = await namesIn(database.url);

      const refusal = await migrate(database.url).catch((error: unknown) => error);

      expect(refusal).toBeInstanceOf(DatabaseRefusedError);
      expect((refusal as Error).message).toContain('schema "catwalk" that Catwalk did not make');
      expect(await namesIn(database.url)).toEqual(before);
    }),
  );
});

describe('the mode of a database', () => {
  it('is that of its first user; the other mode is refused in words, and nothing changes', async () => {
    const db = openDatabase({ url: migrated.url, poolMax: 4 });
    try {
      const first = await ownDatabase(db, 'sandbox');

      await expect(ownDatabase(db, 'live')).rejects.toThrow(DatabaseRefusedError);
      await expect(ownDatabase(db, 'live')).rejects.toThrow(
        'this database holds sandbox jobs; live needs its own',
      );
      expect(await ownDatabase(db, 'sandbox')).toEqual(first);
      expect(first.installId).toMatch(/^[0-9a-f-]{36}$/);
    } finally {
      await db.close();
    }
  });

  it('is decided once, whoever comes first of many at the same moment', async () => {
    const database = await createDatabase();
    const db = openDatabase({ url: database.url, poolMax: 8 });
    const modes: Mode[] = Array.from({ length: 16 }, (_, n) => (n % 2 === 0 ? 'sandbox' : 'live'));

    const owners = await Promise.allSettled(modes.map((mode) => ownDatabase(db, mode)));
    await db.close();
    await database.drop();

    const won = modes.filter((_, n) => owners[n]?.status === 'fulfilled');
    expect([won.length, new Set(won).size]).toEqual([8, 1]);
    const ids = owners.flatMap((owner) => (owner.status === 'fulfilled' ? owner.value.installId : []));
    expect(new Set(ids).size).toBe(1);
  });
});
