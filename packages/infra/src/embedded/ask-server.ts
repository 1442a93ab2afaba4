import { Client } from 'pg';

const connectTimeoutMs = 2_000;

/** Runs one statement on a connection of its own. */
export async function askServer(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: 60_000,
    application_name: 'catwalk-embedded',
  });
  // A connection that breaks while idle reports it here; without a listener that would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Makes the database unless it exists. Safe to call by several at once. */
export async function createDatabaseIfMissing(adminUrl: string, name: string): Promise<void> {
  try {
    await askServer(adminUrl, `CREATE DATABASE "${name.replaceAll('"', '""')}"`);
  } catch (error) {
    // 42P04: it exists. 23505: another session made it in the same moment.
    if (!['42P04', '23505'].includes(String((error as { code?: unknown }).code))) throw error;
  }
}
