import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { signEvent } from './sign-event.js';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const body = JSON.stringify({ id: 'evt_1', type: 'try_on.succeeded', name: 'größe ✓' });
const signed = (at = new Date(), secrets = [secret]) => signEvent({ id: 'evt_1', at, body }, secrets);
const verify = (headers: Record<string, string>, sent = body, by = secret) =>
  new Webhook(by).verify(sent, headers);
const minutes = (count: number) => new Date(Date.now() + count * 60_000);

describe('a signature', () => {
  test('is one that the specification’s own library takes', () => {
    expect(verify(signed())).toEqual(JSON.parse(body));
  });

  test('of both secrets stands there while one follows the other: a receiver needs to know either', () => {
    const headers = signed(new Date(), [other, secret]);
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
    expect(verify(headers)).toEqual(verify(headers, body, other));
  });

  test('is not there where nothing signs: a reply has its id alone', () => {
    expect(signed(new Date(), [])).toEqual({ 'webhook-id': 'evt_1' });
  });

  test.each<[string, (headers: Record<string, string>) => [Record<string, string>, string?, string?]]>([
    ['of another secret', (headers) => [headers, body, other]],
    ['on another body', (headers) => [headers, body.replace('succeeded', 'failed')]],
    ['on a body with one more space', (headers) => [headers, `${body} `]],
    ['under another id', (headers) => [{ ...headers, 'webhook-id': 'evt_2' }]],
    [
      'with a later time',
      (headers) => [{ ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) }],
    ],
    ['six minutes old', () => [signed(minutes(-6))]],
    ['six minutes ahead', () => [signed(minutes(6))]],
    [
      'made fresh by its time alone',
      () => [{ ...signed(minutes(-60)), 'webhook-timestamp': String(Math.floor(Date.now() / 1_000)) }],
    ],
    ['without a time', ({ 'webhook-timestamp': _, ...rest }) => [rest]],
    ['that is missing', ({ 'webhook-signature': _, ...rest }) => [rest]],
    [
      'of another version',
      (headers) => [
        { ...headers, 'webhook-signature': `${headers['webhook-signature']}`.replace('v1,', 'v2,') },
      ],
    ],
    [
      'that is cut',
      (headers) => [{ ...headers, 'webhook-signature': `${headers['webhook-signature']}`.slice(0, -3) }],
    ],
    [
      'that was made up',
      (headers) => [{ ...headers, 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}` }],
    ],
  ])('%s is refused', (_what, forge) => {
    const [headers, sent = body, by = secret] = forge(signed());
    expect(() => verify(headers, sent, by)).toThrow();
  });
});
