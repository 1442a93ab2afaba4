import { dropInErrorSchema } from '../drop-in.js';
import { PROBLEM_EXPLANATIONS } from '../explain-errors.js';
import { PROBLEMS, type Problem, type ProblemCode, problemSchema, problemType } from '../problem.js';
import { refersToHeaders } from './headers.js';
import type { JsonObject, Operation } from './operation.js';

/** The schemas that refusals are made of. */
export const REFUSAL_SCHEMAS = { Problem: problemSchema, DropInError: dropInErrorSchema };

const BY_ACCESS: Readonly<Record<Operation['access'], readonly ProblemCode[]>> = {
  anyone: [],
  local: ['forbidden'],
  key: ['unauthorized', 'forbidden', 'internal', 'unavailable'],
  admin: ['unauthorized', 'forbidden', 'internal', 'unavailable'],
};

const CODES = Object.keys(PROBLEMS) as ProblemCode[];

/** The refusals of an operation, by their status. */
export function describeRefusals({ access, refusals, refusedIn }: Operation): JsonObject {
  const codes = CODES.filter((code) => BY_ACCESS[access].includes(code) || refusals.includes(code));
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code].status))];
  return Object.fromEntries(
    statuses.map((status) => {
      const group = codes.filter((code) => PROBLEMS[code].status === status);
      return [status, describeRefusal(group, refusedIn)];
    }),
  );
}

function describeRefusal(codes: readonly ProblemCode[], refusedIn: Operation['refusedIn']): JsonObject {
  const named = Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
  const inOwnShape = { schema: { $ref: '#/components/schemas/Problem' }, examples: named };
  const inProviderShape = { schema: { $ref: '#/components/schemas/DropInError' } };
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEM_EXPLANATIONS[code].meaning}`).join('\n\n'),
    headers: refersToHeaders(['X-Request-Id', ...codes.flatMap(headersOf)]),
    content:
      refusedIn === 'provider'
        ? { 'application/json': inProviderShape }
        : { 'application/problem+json': inOwnShape },
  };
}

function headersOf(code: ProblemCode): string[] {
  switch (code) {
    case 'unauthorized':
      return ['WWW-Authenticate'];
    case 'method_not_allowed':
      return ['Allow'];
    case 'too_many_requests':
    case 'unavailable':
      return ['Retry-After'];
    default:
      return [];
  }
}

/** What no operation can name: the answers to addresses and methods that do not exist. */
export function describeMisses(): JsonObject {
  return {
    MethodNotAllowed: describeRefusal(['method_not_allowed'], undefined),
    NotFound: describeRefusal(['not_found'], undefined),
  };
}

/** An example for every code. */
export function exampleProblems(): JsonObject {
  return Object.fromEntries(
    CODES.map((code) => {
      const { status, title, retryable } = PROBLEMS[code];
      const { meaning } = PROBLEM_EXPLANATIONS[code];
      const requestId = '3f0c6a52-8a55-4d4c-9a3e-1f1f3c0f7b11';
      const base = { type: problemType(code), title, status, detail: meaning, code, retryable, requestId };
      const errors = [{ path: 'imageCount', message: 'must be a whole number from 1 to 4' }];
      const value: Problem = code === 'invalid_request' ? { ...base, errors } : base;
      return [code, { summary: title, value }];
    }),
  );
}

/** The table of codes, in Markdown. */
export function tableOfCodes(): string {
  const rows = CODES.map(
    (code) =>
      `| [\`${code}\`](docs/errors#${code}) | ${PROBLEMS[code].status} | ${PROBLEMS[code].retryable ? 'yes' : 'no'} | ${PROBLEM_EXPLANATIONS[code].meaning} |`,
  );
  return ['| code | status | retryable | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
