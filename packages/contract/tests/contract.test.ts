import { describe, expect, it } from 'vitest';
import {
  dropInTaskSchema,
  PROBLEMS,
  parseCreateTryOn,
  parseDropInTryOn,
  parseListQuery,
  parseTryOnId,
} from '../src/index.js';

const garment = { humanImage: 'https://a.example/p.jpg', dressInput: 'https://a.example/d.jpg' };

describe('the words of the contract', () => {
  it('have a status for every problem code', () => {
    const table = Object.entries(PROBLEMS).map(
      ([code, { status, retryable }]) => `${status} ${code} ${retryable}`,
    );
    expect(table.sort()).toEqual(
      [
        '400 invalid_request false',
        '400 malformed_json false',
        '401 unauthorized false',
        '403 forbidden false',
        '404 not_found false',
        '404 account_not_found false',
        '404 asset_not_found false',
        '404 delivery_not_found false',
        '404 webhook_endpoint_not_found false',
        '409 not_redeliverable false',
        '404 batch_not_found false',
        '404 image_not_archived true',
        '404 image_not_found false',
        '404 try_on_not_found false',
        '405 method_not_allowed false',
        '409 idempotency_key_reused false',
        '409 may_bill_twice false',
        '409 not_adoptable false',
        '409 not_cancelable false',
        '409 not_deletable true',
        '409 not_retryable false',
        '409 upload_in_progress true',
        '409 wrong_batch_state false',
        '413 body_too_large false',
        '415 unsupported_media_type false',
        '416 range_not_satisfiable false',
        '429 too_many_requests true',
        '500 internal true',
        '503 unavailable true',
      ].sort(),
    );
  });
});

describe('an image address', () => {
  it.each([
    'https://a.example/p.jpg',
    'http://a.example',
    'HTTPS://A.EXAMPLE/ä.png?sig=1#x',
    'http://127.0.0.1:4312/x',
    'http://[::1]/x',
  ])('may be %s', (humanImage) => {
    expect(parseCreateTryOn({ ...garment, humanImage }).ok).toBe(true);
  });

  it.each([
    '',
    'p.jpg',
    '//a.example/p.jpg',
    'https:a.example',
    'https:/a.example',
    'https://',
    'https:///p.jpg',
    'https://a example/p.jpg',
    'https://a.example\\p.jpg',
    'https://a.example/p\n.jpg',
    'https://user@a.example/p.jpg',
    'https://@a.example/p.jpg',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'https://a.example:99999/',
  ])('may not be %j', (humanImage) => {
    expect(parseCreateTryOn({ ...garment, humanImage }).ok).toBe(false);
  });
});

describe('a request', () => {
  it('counts characters, not UTF-16 units, and bytes for metadata', () => {
    expect(parseCreateTryOn({ ...garment, customId: '😀'.repeat(200) }).ok).toBe(true);
    expect(parseCreateTryOn({ ...garment, customId: '😀'.repeat(201) }).ok).toBe(false);
    expect(parseCreateTryOn({ ...garment, metadata: { a: 'x'.repeat(8_184) } }).ok).toBe(true);
    expect(parseCreateTryOn({ ...garment, metadata: { a: 'x'.repeat(8_185) } }).ok).toBe(false);
  });

  it('does not call a broken garment a missing one', () => {
    const parsed = parseCreateTryOn({ humanImage: garment.humanImage, upperInput: 'shirt' });
    expect(parsed).toMatchObject({
      ok: false,
      issues: [{ path: 'upperInput', message: 'must be an absolute http or https URL' }],
    });
  });

  it('may have upper and lower together', () => {
    const { humanImage, dressInput } = garment;
    expect(parseCreateTryOn({ humanImage, upperInput: dressInput, lowerInput: dressInput }).ok).toBe(true);
  });
});

describe('a drop-in request', () => {
  it('reads numbers from text and drops what it does not know', () => {
    const parsed = parseDropInTryOn({
      ...garment,
      imageCount: ' 3 ',
      maxJobs: null,
      metadata: { a: 1 },
      priority: 'x',
    });
    expect(parsed).toMatchObject({ ok: true, value: { imageCount: 3, maxJobs: null, metadata: {} } });
  });

  it.each(['0', '5', '1.5', 'two', '-1'])('refuses an imageCount of %s', (imageCount) => {
    expect(parseDropInTryOn({ ...garment, imageCount })).toMatchObject({ ok: false });
  });
});

describe('a list query', () => {
  it('is never confused by names of object properties', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'metadata', 'metadata['])
      expect(parseListQuery(`${name}=1`)).toMatchObject({ ok: false, issues: [{ path: name }] });
    expect(parseListQuery('metadata[__proto__]=1')).toMatchObject({ ok: true });
  });
});

describe('a public id', () => {
  it.each([
    '',
    'try_',
    `try_${'0'.repeat(31)}`,
    `try_${'0'.repeat(33)}`,
    `att_${'0'.repeat(32)}`,
    `try_${'G'.repeat(32)}`,
  ])('is not %j', (text) => expect(parseTryOnId(text)).toBeNull());
});

describe('the drop-in model', () => {
  it('has every field of the example in the seed', () => {
    const task = dropInTaskSchema.shape;
    expect(Object.keys(task)).toEqual(
      expect.arrayContaining([
        'task',
        'works',
        'status',
        'status_name',
        'status_final',
        'message',
        'limitation',
      ]),
    );
    expect(Object.keys(task)).toEqual(expect.arrayContaining(['userPoints', 'userTickets', 'editProject']));
    expect(Object.keys(task.task.shape)).toEqual(
      expect.arrayContaining(['id', 'userId', 'type', 'scene', 'taskInfo', 'favored', 'deleted', 'viewed']),
    );
    expect(Object.keys(task.task.shape)).toEqual(expect.arrayContaining(['createTime', 'updateTime']));
  });
});
