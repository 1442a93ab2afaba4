import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** It runs as whoever runs the tests, root included, and asks nobody but the page's own origin. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

/** The Chromium of this machine, or the sentence that says why its suites are skipped. */
function browserForTests(): { readonly path: string } | { readonly skipped: string } {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const path = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
  return path === undefined ? { skipped: 'browser suites are skipped: no chromium' } : { path };
}

/**
 * Describes guarantees that need a real browser. Where there is none the suite stands in the report by name, as
 * skipped. Use `openPage` inside tests only: each page is a fresh one that shares nothing with others.
 */
export function describeInBrowser(
  title: string,
  suite: (browser: { readonly openPage: (url: string) => Promise<Page> }) => void,
): void {
  const found = browserForTests();
  if ('skipped' in found) {
    describe.skip(`${title}: ${found.skipped}`, () => suite({ openPage: () => Promise.reject() }));
    return;
  }
  describe(title, () => {
    let browser: Browser | undefined;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: found.path, args: ARGUMENTS });
    });
    afterAll(() => browser?.close());
    suite({
      openPage: async (url) => {
        const page = await browser?.newPage();
        if (page === undefined) throw new Error('the browser was not started');
        await page.goto(url);
        return page;
      },
    });
  });
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
