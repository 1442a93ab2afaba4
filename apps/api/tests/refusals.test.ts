import { request as httpRequest } from 'node:http';
import { problemSchema } from '@catwalk/contract';
import { databaseForFile } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import { garment, startApi } from './start-api.js';

const database = await databaseForFile();
const api = await startApi(database.url);
const { humanImage, dressInput } = garment;
const image = 'https://pictures.example/x.jpg';
const long = (length: number) => `https://pictures.example/${'x'.repeat(length - 25)}`;

async function countJobs(): Promise<number> {
  return (await api.database.prisma.tryOn.count()) as number;
}

describe('POST /v1/try-ons refuses, naming the field,', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['a missing humanImage', { dressInput }, 'humanImage'],
    ['a humanImage of null', { dressInput, humanImage: null }, 'humanImage'],
    ['a humanImage that is no string', { dressInput, humanImage: 5 }, 'humanImage'],
    ['an image that is no URL', { ...garment, humanImage: 'person.jpg' }, 'humanImage'],
    ['an image of another scheme', { ...garment, humanImage: 'ftp://pictures.example/x.jpg' }, 'humanImage'],
    ['an image of a data URL', { ...garment, dressInput: 'data:image/png;base64,AAAA' }, 'dressInput'],
    ['an image with user info', { ...garment, humanImage: 'https://a:b@pictures.example/x' }, 'humanImage'],
    ['an image with white space', { ...garment, humanImage: ' https://pictures.example/x' }, 'humanImage'],
    ['an image over 4,096 characters', { ...garment, humanImage: long(4_097) }, 'humanImage'],
    ['an upper that is no URL', { humanImage, upperInput: 'shirt.jpg' }, 'upperInput'],
    ['an upper of another scheme', { humanImage, upperInput: 'file:///shirt.jpg' }, 'upperInput'],
    ['an upper with user info', { humanImage, upperInput: 'https://a:b@pictures.example/x' }, 'upperInput'],
    ['an upper over 4,096 characters', { humanImage, upperInput: long(4_097) }, 'upperInput'],
    ['a lower that is no URL', { humanImage, lowerInput: 'skirt.jpg' }, 'lowerInput'],
    ['a lower of another scheme', { humanImage, lowerInput: 'file:///skirt.jpg' }, 'lowerInput'],
    ['a lower with user info', { humanImage, lowerInput: 'https://a:b@pictures.example/x' }, 'lowerInput'],
    ['a lower over 4,096 characters', { humanImage, lowerInput: long(4_097) }, 'lowerInput'],
    ['a broken lower beside a sound upper', { humanImage, upperInput: image, lowerInput: 5 }, 'lowerInput'],
    ['no garment', { humanImage }, 'dressInput'],
    ['a dress with an upper', { ...garment, upperInput: image }, 'upperInput'],
    ['a dress with a lower', { ...garment, lowerInput: image }, 'lowerInput'],
    ['an imageCount of 0', { ...garment, imageCount: 0 }, 'imageCount'],
    ['an imageCount of 5', { ...garment, imageCount: 5 }, 'imageCount'],
    ['an imageCount of 1.5', { ...garment, imageCount: 1.5 }, 'imageCount'],
    ['an imageCount as text', { ...garment, imageCount: '2' }, 'imageCount'],
    ['a maxJobs of 0', { ...garment, maxJobs: 0 }, 'maxJobs'],
    ['a maxJobs of 51', { ...garment, maxJobs: 51 }, 'maxJobs'],
    ['a maxJobs of 1.5', { ...garment, maxJobs: 1.5 }, 'maxJobs'],
    ['a maxJobs as text', { ...garment, maxJobs: '2' }, 'maxJobs'],
    ['an email that is no text', { ...garment, email: 5 }, 'email'],
    ['an empty email', { ...garment, email: '' }, 'email'],
    ['an email of no configured account', { ...garment, email: 'carl@example.com' }, 'email'],
    ['a replyUrl that is no URL', { ...garment, replyUrl: 'hook' }, 'replyUrl'],
    ['a replyUrl of another scheme', { ...garment, replyUrl: 'ftp://shop.example/hook' }, 'replyUrl'],
    ['a replyUrl over 1,024 characters', { ...garment, replyUrl: long(1_025) }, 'replyUrl'],
    ['a replyRef over 1,024 characters', { ...garment, replyRef: 'r'.repeat(1_025) }, 'replyRef'],
    ['an empty customId', { ...garment, customId: '' }, 'customId'],
    ['a customId over 200 characters', { ...garment, customId: 'c'.repeat(201) }, 'customId'],
    ['U+0000 in a text', { ...garment, customId: 'a\0b' }, 'customId'],
    ['a lone surrogate in a text', { ...garment, replyRef: 'a\ud800' }, 'replyRef'],
    ['U+0000 in an image', { ...garment, humanImage: 'https://pictures.example/\0' }, 'humanImage'],
    ['metadata that is no object', { ...garment, metadata: ['a'] }, 'metadata'],
    ['a metadata value that is no string', { ...garment, metadata: { sku: 5 } }, 'metadata.sku'],
    ['a metadata value of null', { ...garment, metadata: { sku: null } }, 'metadata.sku'],
    ['U+0000 in a metadata value', { ...garment, metadata: { sku: '\0' } }, 'metadata.sku'],
    ['a lone surrogate in a metadata key', { ...garment, metadata: { '\udc00': 'x' } }, 'metadata.\udc00'],
    ['51 metadata keys', { ...garment, metadata: manyKeys(51) }, 'metadata'],
    ['metadata over 8 KB', { ...garment, metadata: { a: 'ä'.repeat(4_100) } }, 'metadata'],
    ['an unknown priority', { ...garment, priority: 'urgent' }, 'priority'],
    ['an expiresAt that is no time', { ...garment, expiresAt: 'tomorrow' }, 'expiresAt'],
    ['an expiresAt without a zone', { ...garment, expiresAt: '2099-01-01T00:00:00' }, 'expiresAt'],
    ['an expiresAt in the past', { ...garment, expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
    ['an expiresAt after the year 9999', { ...garment, expiresAt: '9999-12-31T23:59:59-14:00' }, 'expiresAt'],
    ['an unknown field', { ...garment, colour: 'red' }, 'colour'],
    ['an unknown field of null', { ...garment, colour: null }, 'colour'],
    ['__proto__ as an unknown field', JSON.parse(`{"__proto__":{},"humanImage":"${image}"}`), '__proto__'],
    [
      '__proto__ as a metadata key',
      { ...garment, metadata: JSON.parse('{"__proto__":"x"}') },
      'metadata.__proto__',
    ],
  ])('%s', async (_what, body, path) => {
    const answer = await api.post('/v1/try-ons', body);
    expect(answer.status).toBe(400);
    expect(problemSchema.parse(answer.body).code).toBe('invalid_request');
    const escaped = JSON.parse(JSON.stringify(path).replace(/\\ud[0-9a-f]{3}/g, '\\ufffd'));
    expect(answer.body.errors.map((issue: { path: string }) => issue.path.toWellFormed())).toContain(escaped);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'));
    expect(answer.body.type).toBe('/docs/errors#invalid_request');
  });

  it('everything at once, and says the provider’s own sentence when there is no garment', async () => {
    const answer = await api.post('/v1/try-ons', { imageCount: 9, foo: 1 });
    expect(answer.body.errors.map((issue: { path: string }) => issue.path).sort()).toEqual(
      ['dressInput', 'foo', 'humanImage', 'imageCount'].sort(),
    );
    expect(answer.body.detail).toBe('At least one of dressInput, upperInput or lowerInput must be provided');
  });

  it('what the moment decides beside what is wrong by itself', async () => {
    const circumstances = { email: 'carl@example.com', expiresAt: '2020-01-01T00:00:00Z' };
    const replyUrl = 'http://10.0.0.1/hook';
    const answer = await api.post('/v1/try-ons', { humanImage, replyUrl, ...circumstances, colour: 'red' });
    expect(answer.body.errors.map((issue: { path: string }) => issue.path).sort()).toEqual(
      ['colour', 'dressInput', 'email', 'expiresAt', 'replyUrl'].sort(),
    );
  });

  it('once each: a leap second is one mistake', async () => {
    const answer = await api.post('/v1/try-ons', { ...garment, expiresAt: '2030-12-31T23:59:60Z' });
    expect(answer.body.detail).toBe('expiresAt must be a time such as 2030-01-31T12:00:00Z');
  });

  it.each(['retry', 'adopt', 'cancel'])('a body of %s that is no object, in words', async (action) => {
    const answer = await api.post(`/v1/try-ons/try_${'0'.repeat(32)}/${action}`, '[]');
    expect(answer.body).toMatchObject({ code: 'invalid_request', detail: 'must be a JSON object' });
  });

  it.each([
    ['an array', '[]'],
    ['text', '"x"'],
    ['null', 'null'],
  ])('a body that is %s', async (_what, body) => {
    expect((await api.post('/v1/try-ons', body)).body).toMatchObject({ code: 'invalid_request' });
  });

  it('and none of that made a job', async () => {
    expect(await countJobs()).toBe(0);
    expect(api.wakes()).toBe(1);
  });
});

describe('a body', () => {
  it.each([
    ['that is not JSON', '{"humanImage":'],
    ['that is empty', ''],
  ])('%s is 400 malformed_json', async (_what, body) => {
    const answer = await api.post('/v1/try-ons', body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'malformed_json', retryable: false } });
  });

  it('that is not UTF-8 is 400 malformed_json', async () => {
    const body = Buffer.from([0x22, 0xff, 0x22]);
    const headers = { 'content-type': 'application/json' };
    const answer = await api.request('/v1/try-ons', { method: 'POST', headers, body });
    expect(answer).toMatchObject({ status: 400, body: { code: 'malformed_json' } });
  });

  it('of exactly 1 MB is read, and one byte more is 413, announced or streamed', async () => {
    const fits = JSON.stringify({ foo: 'x'.repeat(1_048_576 - 10) });
    expect(Buffer.byteLength(fits)).toBe(1_048_576);
    expect((await api.post('/v1/try-ons', fits)).status).toBe(400);
    expect(await api.post('/v1/try-ons', `${fits} `)).toMatchObject({
      status: 413,
      body: { code: 'body_too_large' },
    });
    const streamed = await api.request('/v1/try-ons', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob([`${fits} `]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(streamed.status).toBe(413);
  });

  it.each<[string, Record<string, string>]>([
    ['of another type', { 'content-type': 'text/plain' }],
    ['of a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['of another charset', { 'content-type': 'application/json; charset=latin1' }],
    ['with a Content-Encoding', { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
  ])('%s is 415', async (_what, headers) => {
    const answer = await api.request('/v1/try-ons', { method: 'POST', headers, body: '{}' });
    expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
  });

  it('without a content type is 415', async () => {
    const answer = await api.request('/v1/try-ons', { method: 'POST', body: Buffer.from('{}') });
    expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
  });

  it('with charset utf-8 is taken', async () => {
    const headers = { 'content-type': 'Application/JSON; charset="UTF-8"' };
    expect((await api.post('/v1/try-ons', garment, headers)).status).toBe(202);
  });

  it('cut off by a client that goes away harms nobody', async () => {
    const target = new URL(`${api.url}/v1/try-ons`);
    const headers = { 'content-type': 'application/json', 'content-length': '100' };
    await new Promise<void>((resolve) => {
      const cut = httpRequest(target, { method: 'POST', headers });
      cut.on('error', () => resolve());
      cut.write('{"a":', () => cut.destroy());
      cut.on('close', () => resolve());
    });
    expect((await api.request('/healthz')).status).toBe(200);
  });
});

describe('an address', () => {
  it.each([
    ['GET', '/v1/nothing', 404, 'not_found'],
    ['GET', '/v1/try-ons/', 404, 'not_found'],
    ['GET', '/v1/try-ons/try_0', 404, 'try_on_not_found'],
    ['GET', `/v1/try-ons/try_${'0'.repeat(32)}`, 404, 'try_on_not_found'],
    ['GET', '/v1/try-ons/try_%00', 404, 'try_on_not_found'],
    ['GET', '/v1/try-ons/%zz', 400, 'invalid_request'],
    ['POST', `/v1/try-ons/try_${'0'.repeat(32)}/cancel`, 404, 'try_on_not_found'],
    ['POST', `/v1/try-ons/try_${'0'.repeat(32)}/retry`, 404, 'try_on_not_found'],
    ['GET', `/v1/try-ons/try_${'0'.repeat(32)}/timeline`, 404, 'try_on_not_found'],
  ])('%s %s is %i %s', async (method, path, status, code) => {
    expect(await api.request(path, { method })).toMatchObject({ status, body: { code } });
  });

  it.each([
    ['DELETE', '/v1/try-ons', 'POST, GET, HEAD'],
    ['OPTIONS', '/v1/try-ons', 'POST, GET, HEAD'],
    ['PUT', '/v1/try-ons/try_1', 'GET, HEAD, DELETE'],
    ['GET', '/v1/try-ons/try_1/cancel', 'POST'],
    ['POST', '/healthz', 'GET, HEAD'],
  ])('%s %s is 405 with Allow', async (method, path, allow) => {
    const answer = await api.request(path, { method });
    expect(answer).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } });
    expect(answer.headers.get('allow')).toBe(allow);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each([
    ['/v1/try-ons?colour=red', 'colour'],
    ['/v1/try-ons?__proto__=1', '__proto__'],
    ['/v1/try-ons?limit=0', 'limit'],
    ['/v1/try-ons?limit=201', 'limit'],
    ['/v1/try-ons?limit=1&limit=2', 'limit'],
    ['/v1/try-ons?order=up', 'order'],
    ['/v1/try-ons?status=queued,done', 'status'],
    ['/v1/try-ons?status=', 'status'],
    ['/v1/try-ons?createdAfter=yesterday', 'createdAfter'],
    ['/v1/try-ons?customId=%00', 'customId'],
    ['/v1/try-ons?metadata[a]=1&metadata[a]=2', 'metadata[a]'],
    ['/v1/try-ons?metadata[a]=%00', 'metadata[a]'],
    ['/v1/try-ons?cursor=rubbish', 'cursor'],
    ['/v1/try-ons?createdAfter=9999-12-31T23:59:59-14:00', 'createdAfter'],
    [`/v1/try-ons/try_${'0'.repeat(32)}?wait=0`, 'wait'],
    [`/v1/try-ons/try_${'0'.repeat(32)}?wait=61`, 'wait'],
    [`/v1/try-ons/try_${'0'.repeat(32)}/timeline?cursor=x&order=asc`, 'order'],
  ])('GET %s is 400 and names the parameter', async (path, parameter) => {
    const answer = await api.request(path);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(answer.body.errors.map((issue: { path: string }) => issue.path)).toContain(parameter);
  });

  it.each([
    ['customId=%zz', 'customId must be well encoded'],
    ['replyRef=%ED%A0%80', 'replyRef must be well encoded'],
    ['metadata[a]=%00', 'metadata[a] must not contain U+0000 or lone surrogates'],
  ])('says what is wrong with the query %s', async (query, detail) => {
    expect(await api.request(`/v1/try-ons?${query}`)).toMatchObject({ status: 400, body: { detail } });
  });

  it('POST /v1/try-ons?foo=1 is 400: it takes no query parameters', async () => {
    expect((await api.post('/v1/try-ons?foo=1', garment)).status).toBe(400);
  });
});

describe('headers', () => {
  it.each([
    ['Idempotency-Key', ''],
    ['Idempotency-Key', 'k'.repeat(256)],
    ['Prefer', 'wait=0'],
    ['Prefer', 'wait=61'],
    ['Prefer', 'wait=soon'],
  ])('%s: %s is 400', async (name, value) => {
    const answer = await api.post('/v1/try-ons', garment, { [name]: value });
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ path: name }] },
    });
  });

  it('a preference that is not ours is ignored', async () => {
    expect((await api.post('/v1/try-ons', garment, { Prefer: 'respond-async' })).status).toBe(202);
  });
});

function manyKeys(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 'v']));
}
