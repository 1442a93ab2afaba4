import { describe, expect, it } from 'vitest';
import { guardCell } from './guard-cell.js';

/** What the reader of inputs does to each cell. */
const unguarded = (cell: string) => (/^'+[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell);

describe('a cell', () => {
  it.each([
    ['=HYPERLINK("http://evil")', `'=HYPERLINK("http://evil")`],
    ['+1', `'+1`],
    ['-1', `'-1`],
    ['@SUM(A1)', `'@SUM(A1)`],
    ['\t=1', `'\t=1`],
    ['\r=1', `'\r=1`],
    [`'=1`, `''=1`],
    [`'''-1`, `''''-1`],
    ['plain', 'plain'],
    ['', ''],
    [`'`, `'`],
    [`'quoted'`, `'quoted'`],
    ['a=1', 'a=1'],
  ])('%j is written as %j, and read as it was', (text, cell) => {
    expect(guardCell(text)).toBe(cell);
    expect(unguarded(cell)).toBe(text);
    expect(cell).not.toMatch(/^[=+\-@\t\r]/);
  });
});
