import { describe, expect, test } from 'vitest';
import { ALERT_TYPES, type AlertEvent, explainAlert, joinAlerts } from './index.js';

const event = (type: string, more: Partial<AlertEvent> = {}): AlertEvent => ({
  type,
  client: null,
  account: null,
  tryOnId: null,
  batchId: null,
  data: {},
  ...more,
});

describe('an alert', () => {
  test.each<[AlertEvent, string]>([
    [
      event('account.paused', { account: 'anna@example.com', data: { reason: 'no credits' } }),
      'Account anna@example.com is paused: no credits',
    ],
    [event('account.paused', { data: { reason: null } }), 'Everything is paused'],
    [
      event('batch.paused', { batchId: 'bat_1', client: 'shop', data: { reason: 'failures' } }),
      'Batch bat_1 of shop is paused: failures',
    ],
    [event('batch.finished', { batchId: 'bat_1', client: 'shop' }), 'Batch bat_1 of shop is finished'],
    [
      event('budget.reached', { data: { limitImages: 200 } }),
      'The limit of 200 images of all for this day is reached: what is over waits',
    ],
    [
      event('budget.reached', { client: 'shop', data: { limitImages: 20 } }),
      'The limit of 20 images of shop for this day is reached: what is over waits',
    ],
    [
      event('pictures.at_risk', { tryOnId: 'try_1', data: { lost: true, reason: 'it answers 404' } }),
      'A picture of try_1 is lost: it answers 404',
    ],
    [
      event('webhook_endpoint.disabled', {
        client: 'shop',
        data: { webhookEndpointId: 'whe_1', reason: 'gone', url: 'https://hooks.example/secret' },
      }),
      'Webhook endpoint whe_1 of shop was disabled: it answered 410',
    ],
  ])('says what happened and to what', (happened, sentence) => {
    expect(explainAlert(happened)).toBe(sentence);
  });

  test('is told of each of its types, and of nothing else', () => {
    for (const type of ALERT_TYPES) expect(explainAlert(event(type))).not.toBe(null);
    expect(explainAlert(event('try_on.succeeded'))).toBe(null);
    expect(explainAlert(event('toString'))).toBe(null);
  });

  test('holds what came within a minute, and counts what is too much', () => {
    expect(joinAlerts(['One', 'Two'], true)).toBe('Catwalk: One\nTwo');
    const many = joinAlerts(
      Array.from({ length: 23 }, (_, n) => `Line ${n}`),
      false,
    );
    expect(many.startsWith('Catwalk (sandbox): Line 0\n')).toBe(true);
    expect(many.endsWith('Line 19\nand 3 more like these')).toBe(true);
  });
});
