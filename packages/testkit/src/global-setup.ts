import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@catwalk/infra/embedded';
import type { TestProject } from 'vitest/node';
import { findRedis } from './find-redis.js';
import { prepareTemplate } from './prepare-template.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL connection that may create databases. */
    catwalkAdminUrl: string;
    /** The migrated database that tests clone. */
    catwalkTemplate: string;
    /** The Redis of this run, or why there is none. */
    catwalkRedis: { url: string } | { skipped: string };
  }
}

/** Runs once before all test files: one PostgreSQL and one Redis for the whole run. Returns what ends them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const endings: (() => Promise<void>)[] = [];
  const end = async () => {
    for (const ending of endings.splice(0).reverse()) await ending();
  };
  try {
    const adminUrl = process.env.TEST_DATABASE_URL || (await startPostgres(endings));
    const redis = await findRedis(endings);
    project.provide('catwalkAdminUrl', adminUrl);
    project.provide('catwalkTemplate', await prepareTemplate(adminUrl));
    project.provide('catwalkRedis', redis);
    return end;
  } catch (error) {
    await end();
    throw error;
  }
}

async function startPostgres(endings: (() => Promise<void>)[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'catwalk-test-'));
  endings.push(async () => rmSync(folder, { recursive: true, force: true }));
  const server = await startEmbeddedPostgres({ folder, durable: false, maxConnections: 400 });
  endings.push(() => server.stop());
  return server.adminUrl;
}
