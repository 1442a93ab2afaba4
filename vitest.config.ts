import { defineConfig } from 'vitest/config';

const conditions = ['catwalk-source', 'node'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // The global setup runs in an environment of its own, which vitest gives no public name.
  environments: { __vitest__: { resolve: { conditions } } },
  test: {
    // Importing a file does nothing here, so test files can share what they import; a fresh copy for each costs a minute.
    isolate: false,
    // Most of the time a test waits for a server.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'tests',
          include: [
            'packages/*/{src,tests}/**/*.test.ts',
            'apps/*/{src,tests}/**/*.test.ts',
            'tests/**/*.test.ts',
          ],
          exclude: ['tests/faults/**', '**/node_modules/**'],
          globalSetup: ['packages/testkit/src/global-setup.ts'],
        },
      },
      {
        // Dozens of processes at once: they have the machine to themselves, after the others.
        extends: true,
        test: {
          name: 'faults',
          include: ['tests/faults/**/*.test.ts'],
          maxConcurrency: 16,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
