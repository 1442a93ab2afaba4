import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SampleTryOn } from './run-sample.js';

/** Prints the sample's results as a table, for people who read terminals. */
export function sampleTable(sample: readonly SampleTryOn[]): string[] {
  const rows = sample.map((one) => [
    one.customId ?? one.id,
    one.status,
    one.account ?? '',
    one.finishedAt === null ? '' : `${seconds(one)} s`,
    one.error === null ? String(one.images.length) : one.error.code,
  ]);
  const all = [['try-on', 'status', 'account', 'took', 'images'], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function seconds(one: SampleTryOn): string {
  return ((Date.parse(one.finishedAt ?? one.createdAt) - Date.parse(one.createdAt)) / 1_000).toFixed(1);
}

const PAGE = 'index.html';

/** Whether the sample's page was written: the last thing of its run. */
export function isReported(folder: string): boolean {
  return existsSync(join(folder, PAGE));
}

/**
 * Writes a page with person, garment and result side by side, pictures included, so that it can still be
 * looked at when nothing runs any more.
 *
 * @returns the page's address
 */
export async function writeSamplePage(
  folder: string,
  simulatorUrl: string,
  sample: readonly SampleTryOn[],
): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const keep = picturesIn(folder, simulatorUrl);
  const rows = await Promise.all(sample.map((one) => row(one, keep)));
  const file = join(folder, PAGE);
  await writeFile(file, pageOf(rows));
  return pathToFileURL(file).href;
}

type Keep = (url: string, name: string) => Promise<string>;

/** Saves each picture once, whoever asks for it, and answers its name. */
function picturesIn(folder: string, simulatorUrl: string): Keep {
  const saved = new Map<string, Promise<string>>();
  return (url, name) => {
    const known = saved.get(url);
    if (known !== undefined) return known;
    const saving = save(folder, addressNow(url, simulatorUrl), name);
    saved.set(url, saving);
    return saving;
  };
}

/**
 * What is not archived yet is the simulator's, as the inputs are, and its port may have been another when it was made.
 * Addresses of our own were made just now.
 */
function addressNow(url: string, simulatorUrl: string): string {
  if (new URL(url).searchParams.has('signature')) return url;
  return new URL(new URL(url).pathname, simulatorUrl).href;
}

async function save(folder: string, url: string, name: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(20_000) });
  if (!response.ok) throw new Error(`a sample picture answered ${response.status}`);
  await writeFile(join(folder, name), Buffer.from(await response.arrayBuffer()));
  return name;
}

async function row(one: SampleTryOn, keep: Keep): Promise<string> {
  const inputs = [one.humanImage, one.dressInput, one.upperInput, one.lowerInput].filter(
    (url) => url !== null,
  );
  const pictures = await Promise.all([
    ...inputs.map((url) => keep(url, `input-${url.split('/').at(-1)}`)),
    ...one.images.map((image, index) => keep(image.url, `${one.customId}-${index}.png`)),
  ]);
  const cells = pictures.map(
    (name) => `<img loading="lazy" src="${encodeURI(name)}" alt="${escapeHtml(name)}">`,
  );
  const caption = `${escapeHtml(one.customId ?? one.id)}: ${escapeHtml(one.error?.message ?? one.status)}`;
  return `<figure><div>${cells.join('')}</div><figcaption>${caption}</figcaption></figure>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function pageOf(rows: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Catwalk: the sample catalogue (SANDBOX)</title>
<style>
  body { font: 16px/1.4 system-ui, sans-serif; margin: 2rem; color: #222; background: #fafafa; }
  main { display: grid; grid-template-columns: repeat(auto-fill, minmax(26rem, 1fr)); gap: 1.5rem; }
  figure { margin: 0; padding: 1rem; background: #fff; border: 1px solid #ddd; border-radius: 8px; }
  figure div { display: flex; gap: .5rem; }
  img { flex: 1; min-width: 0; height: 12rem; object-fit: contain; background: #f2f2f2; border-radius: 4px; }
  figcaption { margin-top: .5rem; color: #555; }
</style>
<h1>The sample catalogue</h1>
<p>Person, garment and result, side by side. Made in the sandbox: nothing was billed.</p>
<main>
${rows.join('\n')}
</main>
</html>
`;
}
