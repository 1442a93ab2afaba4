import { expect, it } from 'vitest';
import {
  type CheckResult,
  createLogger,
  explainStartFailure,
  judgePrivateAddresses,
  reportChecks,
  StartRefusedError,
} from '../../src/process/index.js';

const lines: string[] = [];
const logger = createLogger({
  app: 'test',
  level: 'info',
  destination: { write: (line) => void lines.push(line) },
});
const result = (severity: CheckResult['severity'], code: string): CheckResult => ({
  check: 'a check',
  severity,
  code,
  message: `${code}: change it`,
});

it('findings are one line each, what passed is none, and a warning stops nothing', () => {
  reportChecks(logger, [result('ok', 'fine'), result('warn', 'slow'), result('warn', 'old')]);
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 'warn', msg: 'start-check.warned', code: 'slow', detail: 'slow: change it' },
    { level: 'warn', msg: 'start-check.warned', code: 'old' },
  ]);
});

it('a refusal ends the start, told in its own sentences and nothing else', () => {
  const refuse = () =>
    reportChecks(logger, [result('refuse', 'one'), result('warn', 'two'), result('refuse', 'three')]);
  expect(refuse).toThrow(StartRefusedError);
  try {
    refuse();
  } catch (error) {
    expect(explainStartFailure('api', error)).toBe('one: change it\nthree: change it');
  }
  expect(lines.some((line) => line.includes('"start-check.refused"'))).toBe(true);
});

it.each([
  ['live', true, 'warn'],
  ['live', false, 'ok'],
  ['sandbox', true, 'ok'],
] as const)(
  'private addresses in %s, allowed: %s, are a finding of severity %s',
  (mode, allowed, severity) => {
    expect(judgePrivateAddresses(mode, allowed)).toMatchObject({ severity });
  },
);
