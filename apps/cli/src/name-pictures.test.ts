import { describe, expect, it } from 'vitest';
import { NAME_MAX, PictureNames, stemOf } from './name-pictures.js';

const id = 'try_01a20447a94f74fb841c3d97b548199d';

describe('the name of a picture', () => {
  it.each([
    ['SKU-1001', 'SKU-1001'],
    ['a.b_c-d', 'a.b_c-d'],
    ['red dress / size M', 'red_dress_size_M'],
    ['../../etc/passwd', '_.._etc_passwd'],
    ['..\\..\\boot.ini', '_.._boot.ini'],
    ['/absolute', '_absolute'],
    ['.hidden', 'hidden'],
    ['...', id],
    ['-rf', 'rf'],
    ['Größe grün', 'Gro_e_grun'],
    ['ドレス', id],
    ['line\nbreak\0nul', 'line_break_nul'],
    ['CON', 'CON_'],
    ['.com1.look', 'com1_.look'],
    ['console', 'console'],
    ['', id],
    [null, id],
  ])('of %j is %s', (customId, name) => {
    expect(stemOf(customId, id)).toBe(name);
  });

  it('is numbered from 1 when there are several pictures', () => {
    const names = new PictureNames();
    expect(names.nameAll({ customId: 'a', id }, 3)).toEqual(['a-1', 'a-2', 'a-3']);
  });

  it('is given once, whatever the ids are and however capitals stand', () => {
    const names = new PictureNames();
    const given = ['a', 'A', 'a', 'a_2', 'a/', 'a_'].flatMap((customId) =>
      names.nameAll({ customId, id }, customId === 'A' ? 2 : 1),
    );
    expect(given).toEqual(['a', 'A-1', 'A-2', 'a_2', 'a_2_2', 'a_', 'a__2']);
    expect(names.nameAll({ customId: 'A-1', id }, 1)).toEqual(['A-1_2']);
  });

  it('leaves alone a name that is in use', () => {
    const names = new PictureNames();
    names.take('A');
    expect(names.nameAll({ customId: 'a', id }, 1)).toEqual(['a_2']);
  });

  it('has at most 100 characters with its number and extension', () => {
    const names = new PictureNames();
    const given = Array.from({ length: 12 }, () =>
      names.nameAll({ customId: 'x'.repeat(200), id }, 4),
    ).flat();
    expect(Math.max(...given.map((name) => `${name}.webp`.length))).toBe(NAME_MAX);
    expect(new Set(given).size).toBe(48);
  });

  it('is found quickly for very many equal ids', () => {
    const names = new PictureNames();
    for (let count = 0; count < 50_000; count += 1) names.nameAll({ customId: 'same', id }, 1);
    expect(names.nameAll({ customId: 'same', id }, 1)).toEqual(['same_50001']);
  });
});
