import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'catwalk-packed-'));
const modules = join(folder, 'node_modules');
afterAll(() => rmSync(folder, { recursive: true }));

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly bundleDependencies: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const placeOf = (name: string) => join(modules, '@catwalk', name);
const manifestOf = (name: string) =>
  JSON.parse(readFileSync(join(placeOf(name), 'package.json'), 'utf8')) as Manifest;

// Laid out as an install would, without a registry: what comes from npm is that of this repository, and of it only
// what the packed manifests name.
beforeAll(async () => {
  const pack = `const { packInto } = await import(process.argv[1]); await packInto(process.argv[2]);`;
  const script = pathToFileURL(join(root, 'scripts/pack.mjs')).href;
  await run(process.execPath, ['--input-type=module', '-e', pack, script, folder], { cwd: root });
  for (const name of ['cli', 'client']) {
    const [tarball = ''] = readdirSync(folder).filter((file) => file.startsWith(`catwalk-${name}-`));
    mkdirSync(placeOf(name), { recursive: true });
    await run('tar', ['-xzf', join(folder, tarball), '-C', placeOf(name), '--strip-components=1']);
    const { dependencies, bundleDependencies } = manifestOf(name);
    for (const each of Object.keys(dependencies)) if (!bundleDependencies.includes(each)) linkFromHere(each);
  }
});

function linkFromHere(dependency: string): void {
  const place = join(modules, dependency);
  if (existsSync(place)) return;
  mkdirSync(dirname(place), { recursive: true });
  const own = ['apps/cli', 'packages/contract'].map((each) => join(root, each, 'node_modules', dependency));
  symlinkSync(own.find((each) => existsSync(each)) ?? '', place);
}

it('the packed CLI runs in a folder of its own, and tells how to be used', async () => {
  const { bin } = manifestOf('cli');
  const { stdout } = await run(process.execPath, [join(placeOf('cli'), bin?.catwalk ?? ''), '--help'], {
    cwd: folder,
  });
  expect(stdout).toContain('Usage: catwalk [options] [command]');
  expect(stdout).toContain('batch');
});

it('the packed SDK is imported by its name, with its types beside it', async () => {
  const script = `
    import { createCatwalk, ApiError } from '@catwalk/client';
    const { tryOns, batches } = createCatwalk({ baseUrl: 'http://127.0.0.1:4310' });
    console.log(typeof tryOns.create, typeof batches.results, typeof ApiError);`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: folder });
  expect(stdout.trim()).toBe('function function function');
  const doors = Object.values(manifestOf('client').exports ?? {}).flatMap((door) => Object.entries(door));
  expect(doors.map(([condition]) => condition)).toEqual(['types', 'default']);
  for (const [, path] of doors) expect(existsSync(join(placeOf('client'), path)), path).toBe(true);
});

it('no package brings sources, tests or settings of ours along', async () => {
  for (const name of ['cli', 'client'])
    expect(readdirSync(placeOf(name)).sort()).toEqual(
      ['bin', 'dist', 'node_modules', 'package.json'].filter((one) => name === 'cli' || one !== 'bin'),
    );
});
