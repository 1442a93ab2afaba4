import { batchResultSchema, tryOnListSchema } from '@catwalk/contract';
import { describe, expect, it } from 'vitest';
import { result, tryOn } from '../tests/samples.js';
import { checkAnswer } from './check-answer.js';
import { UnexpectedAnswerError } from './errors.js';

const context = { requestId: 'req-1' };

describe('an answer', () => {
  it('keeps fields that are newer than this client, at every depth', () => {
    const newer = {
      ...tryOn(),
      colour: 'red',
      waitingFor: { code: 'a_new_one', since: '2030-01-01T00:00:00Z', until: null, detail: '', place: 3 },
    };
    const page = { data: [newer], nextCursor: null, total: 1 };
    expect(checkAnswer(tryOnListSchema, JSON.stringify(page), context)).toEqual(page);
  });

  it.each([
    ['no JSON', '<html>', 'not JSON'],
    ['cut off', '{"a":', 'not JSON'],
    ['something else', '[]', 'not what the contract says'],
    ['without a field', JSON.stringify({ ...result(1), line: undefined }), 'line'],
    [
      'with a field of another type',
      JSON.stringify({ ...result(1), images: [{ index: 'a' }] }),
      'images.0.index',
    ],
  ])('that is %s is an error that names the request', (_, text, message) => {
    const check = () => checkAnswer(batchResultSchema, text, context);
    expect(check).toThrow(UnexpectedAnswerError);
    expect(check).toThrow(message);
    expect(check).toThrow(expect.objectContaining({ requestId: 'req-1' }));
  });
});
