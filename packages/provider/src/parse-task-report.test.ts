import { describe, expect, test } from 'vitest';
import { parseCallbackBody, parseTaskReport } from './parse-task-report.js';

const URL_1 = 'https://s21-kling.klingai.com/1.png?sig=abc';

function work(url: unknown, width: unknown = 768, height: unknown = 1024): object {
  return {
    workId: 1,
    contentType: 'image',
    resource: { resource: url, width, height },
    cover: { resource: 'x' },
  };
}

const FINISHED = {
  status: 99,
  status_name: 'succeed',
  status_final: true,
  message: 'success',
  task: { id: 123456789, status: 99, status_name: 'succeed', status_final: true },
  works: [work(URL_1)],
};

function report(body: unknown) {
  return parseTaskReport(typeof body === 'string' ? body : JSON.stringify(body));
}

test('the documented model is read completely', () => {
  expect(report(FINISHED)).toEqual({
    taskId: '123456789',
    replyRefs: [],
    statusName: 'succeed',
    final: true,
    images: [{ url: URL_1, width: 768, height: 1024 }],
    message: 'success',
    moderated: false,
  });
});

describe('what makes a report', () => {
  test.each([
    ['a status name', { status_name: 'processing' }, ['processing', false]],
    ['a status as text', { status: 'submitted' }, ['submitted', false]],
    ['status_final alone', { status_final: true }, [null, true]],
    ['a status name under task', { task: { status_name: 'failed', status_final: true } }, ['failed', true]],
    [
      'the top level before task',
      { status_name: 'succeed', task: { status_name: 'processing' } },
      ['succeed', false],
    ],
    [
      'status_final at the top before task',
      { status_final: false, task: { status_final: true } },
      [null, false],
    ],
    ['the name before the text', { status_name: 'succeed', status: 'submitted' }, ['succeed', false]],
    ['capitals', { status_name: ' SUCCEED ' }, ['succeed', false]],
    ['a number as text is no name', { status: '99', status_final: true }, [null, true]],
  ])('%s', (_, body, expected) => {
    const read = report(body);
    expect([read?.statusName, read?.final]).toEqual(expected);
  });
  test.each([
    ['a number alone', { status: 99 }],
    ['an error alone', { error: 'no' }],
    ['a list', [FINISHED]],
    ['a text', '"succeed"'],
    ['null', 'null'],
    ['HTML', '<html></html>'],
    ['nothing', ''],
    ['half of it', JSON.stringify(FINISHED).slice(0, 90)],
    ['status_final as text', { status_final: 'true' }],
  ])('%s makes none', (_, body) => {
    expect(report(body)).toBeNull();
  });
});

describe('ids', () => {
  test.each([
    ['{"status_name":"x","task":{"id":867283741759111202}}', '867283741759111202'],
    ['{"status_name":"x","id":867283741759111202}', '867283741759111202'],
    ['{"status_name":"x","id":1,"task":{"id":2}}', '2'],
    ['{"status_name":"x","id":1,"task":{}}', '1'],
    ['{"status_name":"x","id":"abc-1"}', 'abc-1'],
    ['{"status_name":"\\"id\\":9007199254740993","id":"9007199254740995"}', '9007199254740995'],
    ['{"status_name":"x","id":1.5}', null],
    ['{"status_name":"x","id":0}', null],
    ['{"status_name":"x","id":""}', null],
    ['{"status_name":"x","id":{"a":1}}', null],
    ['{"status_name":"x"}', null],
  ])('%s → %s', (body, taskId) => {
    expect(report(body)?.taskId).toBe(taskId);
  });
});

describe('images', () => {
  test.each([
    [
      'every work, in order',
      [work(URL_1), work('http://b.example/2.png', null, 'x')],
      [
        { url: URL_1, width: 768, height: 1024 },
        { url: 'http://b.example/2.png', width: null, height: null },
      ],
    ],
    [
      'works without a picture are skipped',
      [{}, null, work(null), work(''), work(7), work(URL_1)],
      [{ url: URL_1, width: 768, height: 1024 }],
    ],
    ['only http addresses', [work('data:image/png;base64,AA'), work('javascript:1'), work('file:///x')], []],
    ['sizes that fit no column', [work(URL_1, 1e300, -1)], [{ url: URL_1, width: null, height: null }]],
    [
      'addresses as long as signed ones may be',
      [work(`https://a.example/${'x'.repeat(16_000)}`)],
      [{ url: `https://a.example/${'x'.repeat(16_000)}`, width: 768, height: 1024 }],
    ],
    ['addresses too long to be kept whole', [work(`https://a.example/${'x'.repeat(17_000)}`)], []],
    ['works that are no list', { 0: work(URL_1) }, []],
  ])('%s', (_, works, images) => {
    expect(report({ status_name: 'succeed', works })?.images).toEqual(images);
  });
});

describe('replyRef', () => {
  test.each(['task', 'request', 'response', 'job'])('is found under %s', (holder) => {
    expect(report({ status_name: 'x', [holder]: { replyRef: 'att_1' } })?.replyRefs).toEqual(['att_1']);
  });
  test('is found at the top, each value once', () => {
    const body = {
      status_name: 'x',
      replyRef: 'att_1',
      task: { replyRef: 'att_1' },
      job: { replyRef: 'att_2' },
    };
    expect(report(body)?.replyRefs).toEqual(['att_1', 'att_2']);
  });
  test.each([null, '', 7, {}])('%o is none', (replyRef) => {
    expect(report({ status_name: 'x', replyRef })?.replyRefs).toEqual([]);
  });
});

describe('the words of a failure', () => {
  const failed = (fields: object) => report({ status_name: 'failed', status_final: true, ...fields });
  test.each([
    ['error as text', { error: 'no pose' }, 'no pose', false],
    ['error before message', { error: 'no pose', message: 'failed' }, 'no pose', false],
    ['error as an object', { error: { message: 'no pose' } }, 'no pose', false],
    ['error as HTML', { error: '<html><body>no <b>pose</b></body></html>' }, 'no pose', false],
    ['message', { message: 'no pose' }, 'no pose', false],
    ['message under task', { task: { message: 'no pose' } }, 'no pose', false],
    ['none', {}, null, false],
    ['moderation in error', { error: 'Content Policy' }, 'Content Policy', true],
    ['moderation in message beside an error', { error: 'failed', message: 'nsfw' }, 'failed', true],
    ['moderation under task', { task: { message: 'sensitive word' } }, 'sensitive word', true],
  ])('%s', (_, fields, message, moderated) => {
    expect(failed(fields)).toMatchObject({ message, moderated });
  });
  test('a task that is not over, or succeeded, is never moderated', () => {
    expect(report({ status_name: 'failed', message: 'nsfw' })?.moderated).toBe(false);
    expect(report({ ...FINISHED, message: 'moderation passed' })?.moderated).toBe(false);
  });
  test('signed addresses in it are cut, those of our callbacks to the origin', () => {
    const error =
      'POST https://hooks.example/x/callbacks/att_1/c2lnbmF0dXJl gave 502, see http://a.example/l?k=1';
    expect(failed({ error })?.message).toBe('POST https://hooks.example gave 502, see http://a.example/l');
  });
});

describe('raw bytes of a callback', () => {
  const bytesOf = (text: string) => new TextEncoder().encode(text);
  test('a byte order mark is tolerated', () => {
    expect(parseCallbackBody(bytesOf(`\uFEFF${JSON.stringify(FINISHED)}`))?.taskId).toBe('123456789');
    expect(report(`\uFEFF${JSON.stringify(FINISHED)}`)?.taskId).toBe('123456789');
  });
  test('invalid UTF-8 is read with replacement characters', () => {
    const bytes = bytesOf('{"status_name":"failed","message":"a?b"}');
    bytes[bytes.indexOf('?'.charCodeAt(0))] = 0xff;
    expect(parseCallbackBody(bytes)?.message).toBe('a\uFFFDb');
  });
  test.each([new Uint8Array(), bytesOf('{'), new Uint8Array([0xff, 0xfe, 0x7b, 0x00])])(
    '%o is malformed',
    (bytes) => {
      expect(parseCallbackBody(bytes)).toBeNull();
    },
  );
  test.each(['{"a":', '['])('a megabyte of %s does not throw', (opening) => {
    expect(parseCallbackBody(bytesOf(opening.repeat(200_000)))).toBeNull();
    const closing = opening === '[' ? ']' : '}';
    const deep = `${opening.repeat(200_000)}1${closing.repeat(200_000)}`;
    const body = `{"status_name":"failed","status_final":true,"error":${deep},"works":${deep}}`;
    expect(parseCallbackBody(bytesOf(body))).toMatchObject({ final: true, images: [] });
  });
});

test('no text that leaves has NUL, half surrogate pairs or more than its bound', () => {
  const long = `\0\ud800${'é'.repeat(9_000)}\udc00`;
  const read = report({
    status_name: long,
    status_final: true,
    error: long,
    replyRef: long,
    id: 'a\0b\ud800',
  });
  expect(read?.statusName?.length).toBeLessThanOrEqual(100);
  expect(read?.message?.length).toBeLessThanOrEqual(2_000);
  expect(read?.replyRefs[0]?.length).toBeLessThanOrEqual(1_024);
  expect(read?.taskId).toBe('ab');
  expect(JSON.stringify(read)).not.toMatch(/\\u0000|\\ud800|\\udc00/);
});
