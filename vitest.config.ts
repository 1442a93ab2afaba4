import { defineConfig } from 'vitest/config';

const conditions = ['catwalk-source', 'node'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // The global setup runs in an environment of its own, which vitest gives no public name.
  environments: { __vitest__: { resolve: { conditions } } },
  test: {
    include: ['packages/*/{src,tests}/**/*.test.ts', 'apps/*/{src,tests}/**/*.test.ts', 'tests/**/*.test.ts'],
    globalSetup: ['packages/testkit/src/global-setup.ts'],
    // Most of the time a test waits for a server.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
