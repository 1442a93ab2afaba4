import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installAndBuildIfNeeded } from './build.mjs';
import { root } from './root.mjs';
import { runStep } from './run-step.mjs';

/**
 * `npm run pack`: writes the CLI and the SDK as tarballs that any npm can install. Each brings our own packages along
 * inside (`bundleDependencies`), since no registry has them; what is from npm comes from there.
 */
export async function run() {
  await installAndBuildIfNeeded();
  const folder = join(root, 'packed');
  rmSync(folder, { recursive: true, force: true });
  await packInto(folder);
  for (const file of readdirSync(folder).sort()) console.log(`packed/${file}`);
}

/** Packs what is built. */
export async function packInto(folder) {
  const stage = join(folder, '.stage');
  for (const name of ['client', 'cli']) {
    const place = stagePackage(name, join(stage, name));
    await runStep('npm', ['pack', place, '--pack-destination', folder, '--loglevel=error'], { quiet: true });
  }
  rmSync(stage, { recursive: true });
}

/** Lays a package out as it is to be packed, with those of ours that it needs below it. */
function stagePackage(name, place) {
  const manifest = layOut(name, place);
  const ours = new Set();
  const fromNpm = {};
  collect(name, ours, fromNpm);
  for (const each of ours) layOut(each, join(place, 'node_modules/@catwalk', each));
  manifest.dependencies = { ...fromNpm };
  for (const each of ours) manifest.dependencies[`@catwalk/${each}`] = manifestOf(each).version;
  manifest.bundleDependencies = [...ours].map((each) => `@catwalk/${each}`);
  writeManifest(place, manifest);
  return place;
}

/** Copies what runs. */
function layOut(name, place) {
  const source = folderOf(name);
  mkdirSync(place, { recursive: true });
  for (const part of ['bin', 'dist'])
    if (existsSync(join(source, part))) cpSync(join(source, part), join(place, part), { recursive: true });
  const { version, description, type, bin, exports } = manifestOf(name);
  const manifest = { name: `@catwalk/${name}`, version, description, license: 'UNLICENSED', type, bin };
  manifest.engines = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines;
  manifest.exports = withoutSources(exports);
  manifest.files = ['bin', 'dist'];
  writeManifest(place, manifest);
  return manifest;
}

/** Our packages below this one, and what all of them need from npm, in the versions that are installed here. */
function collect(name, ours, fromNpm) {
  for (const dependency of Object.keys(manifestOf(name).dependencies ?? {})) {
    const own = /^@catwalk\/(.+)$/.exec(dependency)?.[1];
    if (own === undefined) fromNpm[dependency] = installedVersion(name, dependency);
    else if (!ours.has(own)) {
      ours.add(own);
      collect(own, ours, fromNpm);
    }
  }
}

function installedVersion(name, dependency) {
  const path = join(folderOf(name), 'node_modules', dependency, 'package.json');
  return JSON.parse(readFileSync(path, 'utf8')).version;
}

/** The condition under which our own tools read the sources, which are not packed. */
function withoutSources(exports) {
  if (exports === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(exports).map(([door, { 'catwalk-source': _, ...built }]) => [door, built]),
  );
}

function folderOf(name) {
  const found = ['apps', 'packages'].map((group) => join(root, group, name));
  return found.find((path) => existsSync(join(path, 'package.json')));
}

function manifestOf(name) {
  return JSON.parse(readFileSync(join(folderOf(name), 'package.json'), 'utf8'));
}

function writeManifest(place, manifest) {
  writeFileSync(join(place, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
