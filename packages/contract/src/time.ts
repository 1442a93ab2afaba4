import { z } from 'zod';

const FIRST = Date.parse('0001-01-01T00:00:00Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');
export const TIME_RULE = 'must be a time that exists, in UTC of the years 1 to 9999';

/** Whether every part of us can write and read a time: with an offset, text can lead out of the four-digit years. */
export function isTime(date: Date): boolean {
  return date.getTime() >= FIRST && date.getTime() <= LAST;
}

/** A time of a client. */
export const time = z.iso
  .datetime({ offset: true, abort: true, error: 'must be a time such as 2030-01-31T12:00:00Z' })
  .transform((value) => new Date(value))
  .refine(isTime, TIME_RULE);
