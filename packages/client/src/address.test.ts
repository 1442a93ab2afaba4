import { describe, expect, it } from 'vitest';
import { parseBaseUrl, pathOf, queryOf } from './address.js';
import { CatwalkError } from './errors.js';

describe('a path', () => {
  it('holds whatever an id is made of', () => {
    expect(pathOf`/v1/accounts/${'a/b?c#d@e.f'}/pause`).toBe('/v1/accounts/a%2Fb%3Fc%23d%40e.f/pause');
  });

  it.each(['', '.', '..'])('leads nowhere else with %j for an id', (id) => {
    expect(() => pathOf`/v1/try-ons/${id}/cancel`).toThrow(CatwalkError);
  });
});

describe('a query', () => {
  it.each([
    [{}, ''],
    [{ a: undefined, b: null, c: [] }, ''],
    [{ a: '', b: 0, c: false }, '?a=&b=0&c=false'],
    [{ status: ['queued', 'failed'] }, '?status=queued%2Cfailed'],
    [{ at: new Date(0) }, '?at=1970-01-01T00%3A00%3A00.000Z'],
    [{ 'metadata[a&b]': '1=2 3' }, '?metadata%5Ba%26b%5D=1%3D2+3'],
  ])('of %j is %j', (query, expected) => {
    expect(queryOf(query)).toBe(expected);
  });
});

describe('a base URL', () => {
  it.each([
    ['http://127.0.0.1:4310', 'http://127.0.0.1:4310'],
    ['http://127.0.0.1:4310/', 'http://127.0.0.1:4310'],
    ['https://shop.example/catwalk//', 'https://shop.example/catwalk'],
  ])('%s is taken', (text, expected) => {
    expect(parseBaseUrl(text)).toBe(expected);
  });

  it.each([
    '',
    'shop.example',
    '/v1',
    'ftp://shop.example',
    'http://ada:s3cret@shop.example',
    'http://shop.example/?a=1',
    'http://shop.example/#a',
  ])('%j is refused, and not repeated', (text) => {
    expect(() => parseBaseUrl(text)).toThrow(CatwalkError);
    expect(() => parseBaseUrl(text)).not.toThrow(/s3cret/);
  });
});
