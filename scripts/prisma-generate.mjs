// Generates the Prisma client without Prisma's native schema engine, which `generate` does not use but
// would otherwise try to download: any existing file named as the engine keeps it from looking further.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(join(root, 'packages/infra/package.json'));
const cli = join(dirname(require.resolve('prisma/package.json')), 'build/index.js');
const result = spawnSync(
  process.execPath,
  [cli, 'generate', '--schema', join(root, 'prisma/schema.prisma')],
  {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  },
);
process.exitCode = result.status ?? 1;
