import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { runCatwalk } from './run-catwalk.js';

const docs = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
const shown = [...docs.matchAll(/^```\n\$ npx catwalk (.*)\n([\s\S]*?)```/gm)].map(
  ([, typed = '', text = '']) => ({ typed, text }),
);

describe('docs/cli.md', () => {
  it('shows the help of the commands that matter', () => {
    expect(shown.map(({ typed }) => typed)).toEqual(
      expect.arrayContaining(['--help', 'batch run --help', 'batch resume --help', 'submit --help']),
    );
  });

  it.each(shown)('shows what `$typed` says', async ({ typed, text }) => {
    const { code, stdout } = await runCatwalk(tmpdir(), {}, ...typed.split(' '));
    expect(code).toBe(0);
    expect(stdout).toBe(text);
  });
});

describe('catwalk', () => {
  it.each([
    ['nothing', []],
    ['no command that there is', ['fetch']],
    ['an option without its value', ['list', '--limit']],
    ['what is no number', ['list', '--limit', 'many']],
  ])('ends with 1 and says how it is used when %s was typed', async (_, typed) => {
    const { code, stdout, stderr } = await runCatwalk(tmpdir(), {}, ...typed);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^(Usage: catwalk|error: )/);
  });
});
