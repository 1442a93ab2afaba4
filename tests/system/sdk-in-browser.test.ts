import type * as Sdk from '@catwalk/client';
import { describeInBrowser } from '@catwalk/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serveSdk } from './serve-sdk.js';
import { type System, startSystem } from './start-system.js';

declare global {
  // What the page has loaded.
  var sdk: typeof Sdk;
}

describeInBrowser('the SDK in a browser', ({ openPage }) => {
  let system: System;
  let page: Awaited<ReturnType<typeof openPage>>;
  let served: Awaited<ReturnType<typeof serveSdk>>;
  const told: string[] = [];
  beforeAll(async () => {
    system = await startSystem({ simulator: { dials: { delayMs: 50, pictures: 'placeholder' } } });
    served = await serveSdk(system.urls.api);
    page = await openPage(served.url);
    page.on('console', (message) => told.push(message.text()));
    page.on('pageerror', (error) => told.push(String(error)));
    await page.waitForFunction(() => globalThis.sdk !== undefined);
  });
  afterAll(async () => {
    await page?.close();
    await served?.close();
    await system?.close();
  });

  it('creates a try-on, finds it again, and waits until it has its images', async () => {
    const { created, found, final } = await page.evaluate(async (baseUrl) => {
      const { tryOns } = globalThis.sdk.createCatwalk({ baseUrl });
      const created = await tryOns.create({
        humanImage: 'https://pictures.example/person.jpg',
        dressInput: 'https://pictures.example/dress.jpg',
        customId: 'look-1',
      });
      const found = await tryOns.get(created.id);
      return { created, found, final: await tryOns.waitUntilFinal(created.id) };
    }, served.url);

    expect(created).toMatchObject({ customId: 'look-1' });
    expect(found.id).toBe(created.id);
    expect(final).toMatchObject({ id: created.id, status: 'succeeded', error: null });
    expect(final.images).toHaveLength(1);
  });

  it('sends a stream as a batch, waits for its end, and reads each result', async () => {
    const { batch, looks, results, csv } = await page.evaluate(async (baseUrl) => {
      const { batches } = globalThis.sdk.createCatwalk({ baseUrl });
      const lines = Array.from({ length: 25 }, (_, n) => ({
        humanImage: `https://pictures.example/person-${n}.jpg`,
        dressInput: 'https://pictures.example/dress.jpg',
        customId: `sku-${n}`,
      }));
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
      const { id } = await batches.create(new Blob([text]).stream(), { format: 'ndjson' });
      let looks = 0;
      const batch = await batches.wait(id, {
        pollMs: 100,
        onProgress: () => {
          looks += 1;
        },
      });
      const results: string[] = [];
      for await (const { customId, status } of batches.results(id)) results.push(`${customId} ${status}`);
      let csv = '';
      const utf8 = new TextDecoder();
      for await (const part of batches.resultsCsv(id)) csv += utf8.decode(part, { stream: true });
      return { batch, looks, results, csv };
    }, served.url);

    expect(batch).toMatchObject({ state: 'finished', outcome: 'all_succeeded', total: 25 });
    expect(looks).toBeGreaterThan(0);
    expect(new Set(results)).toEqual(new Set(Array.from({ length: 25 }, (_, n) => `sku-${n} succeeded`)));
    expect(csv.trim().split('\n')).toHaveLength(26);
  });

  it('throws typed errors, and lets go when told to', async () => {
    const errors = await page.evaluate(async (baseUrl) => {
      const { createCatwalk, ApiError } = globalThis.sdk;
      const { tryOns } = createCatwalk({ baseUrl });
      const unknown = await tryOns.get('try_00000000000000000000000000000000').catch((error) => error);
      const refused = await tryOns.create({ humanImage: 'nothing' } as never).catch((error) => error);
      const stopped = await tryOns
        .list({ signal: AbortSignal.abort() })
        [Symbol.asyncIterator]()
        .next()
        .catch((error) => error);
      return {
        unknown: unknown instanceof ApiError && unknown.code,
        refused: refused instanceof ApiError && refused.errors.map((one) => one.path),
        stopped: stopped.name,
      };
    }, served.url);

    expect(errors).toMatchObject({ unknown: 'try_on_not_found', stopped: 'AbortError' });
    expect(errors.refused).toContain('humanImage');
    // A browser itself tells of answers that are refusals, and of nothing else.
    expect(told.filter((line) => !line.includes('status of 40'))).toEqual([]);
  });
});
