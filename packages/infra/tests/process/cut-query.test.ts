import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../src/process/create-logger.js';
import { cutQuery } from '../../src/process/cut-query.js';

describe('addresses in logs', () => {
  it.each([
    ['https://cdn.example.com/a.png?sig=s3cret', 'https://cdn.example.com/a.png'],
    [
      'see https://a.example/x?y=1, then http://b.example/z#k.',
      'see https://a.example/x then http://b.example/z',
    ],
    ['{"url":"https:\\/\\/a.example\\/x?sig=1"}', '{"url":"https:\\/\\/a.example\\/x"}'],
    ['https://anna:pw@a.example/x', 'https://a.example/x'],
    ['https://h.example/p/callbacks/ref_1/s3cret', 'https://h.example/p/callbacks/…'],
    ['no address? none', 'no address? none'],
  ])('lose user info, query and fragment: %s', (text, cut) => {
    expect(cutQuery(text)).toBe(cut);
  });

  it('and secrets by name never reach a line', () => {
    const lines: string[] = [];
    const destination = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    const logger = createLogger({ app: 'api', level: 'info', destination });
    const error = Object.assign(new Error('GET https://a.example/?sig=s3cret'), { detail: 's3cret' });
    logger.info({ headers: { authorization: 's3cret' }, token: 's3cret', err: error }, 'request.finished');
    expect(lines.join('')).toContain('request.finished');
    expect(lines.join('')).not.toContain('s3cret');
  });
});
