import type { z } from 'zod';
import {
  describeMisses,
  describeRefusals,
  exampleProblems,
  REFUSAL_SCHEMAS,
  tableOfCodes,
} from './describe-refusals.js';
import { HEADERS, refersToHeaders } from './headers.js';
import { makeQueryParameters, makeSchemas } from './make-schemas.js';
import { type Answer, type JsonObject, LINES_TYPE, type Operation, type RequestBody } from './operation.js';
import { OPERATIONS } from './operations.js';

/** The OpenAPI 3.1 document of the HTTP API. The same version always makes the same document. */
export function makeOpenApi(version: string): JsonObject {
  return {
    openapi: '3.1.0',
    info: { title: 'Catwalk', version, description: introduction() },
    servers: [{ url: '.' }],
    tags: TAGS,
    security: [{ key: [] }],
    paths: makePaths(OPERATIONS),
    components: {
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: 'A key of `API_KEYS` or `ADMIN_KEYS`. A sandbox without keys needs none.',
        },
      },
      schemas: makeAllSchemas(),
      responses: describeMisses(),
      headers: HEADERS,
      examples: exampleProblems(),
    },
  };
}

function makeAllSchemas(): JsonObject {
  const answers = makeSchemas({ ...answersOf(OPERATIONS), ...REFUSAL_SCHEMAS }, 'output');
  return {
    ...makeSchemas(bodiesOf(OPERATIONS), 'input'),
    ...answers,
    Problem: { description: tableOfCodes(), ...answers.Problem },
  };
}

const TAGS = [
  { name: 'Try-ons', description: 'One job each: made, watched, canceled, retried.' },
  { name: 'Batches', description: 'Whole catalogues: uploaded, watched, paused, and given out as files.' },
  { name: 'Events', description: 'All that happens, in order: to be read page by page, or as a stream.' },
  { name: 'Assets', description: 'Pictures of your own, as addresses that the provider reaches.' },
  { name: 'Drop-in', description: 'Shaped like useapi.net’s own, for clients that were written for it.' },
  {
    name: 'Webhooks',
    description: 'Events sent to you by POST, signed, and how that went.',
  },
  { name: 'Accounts', description: 'The provider’s accounts, and what a person holds back.' },
  { name: 'Operation', description: 'How the installation stands.' },
  { name: 'Documents', description: 'This document and the pages that show it. They need no key.' },
];

function introduction(): string {
  return [
    'Catwalk turns a slow, metered, unreliable virtual try-on API into jobs you can trust.',
    'A POST that makes something takes an `Idempotency-Key`: repeated with the same key and body it answers with what was made the first time. Every answer carries `X-Request-Id`. New fields and new codes may come at any time.',
    'An address that does not exist answers 404 `not_found`, another method than those shown 405 `method_not_allowed` with `Allow`. HEAD works wherever GET does.',
    'Refusals are problem documents (RFC 9457); their `type` leads to the explanation of the code, and all are on one page: [error codes](docs/errors). `retryable` says whether the same request may succeed later.',
  ].join('\n\n');
}

function makePaths(operations: readonly Operation[]): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const operation of operations)
    paths[operation.path] = { ...paths[operation.path], [operation.method]: makeOperation(operation) };
  return paths;
}

function makeOperation(operation: Operation): JsonObject {
  const { id, tag, summary, description, access, parameters = [], query, body, answers } = operation;
  const own = parameters.map((one) => ({ ...one, required: one.in === 'path' }));
  const all = [...own, ...(query === undefined ? [] : makeQueryParameters(query))];
  const responses = Object.entries(answers).map(([status, answer]) => [status, makeAnswer(answer)]);
  const forAdmins = access === 'admin' ? ['For admin keys only.'] : [];
  const told = [...(description === undefined ? [] : [description]), ...forAdmins].join(' ');
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(told !== '' && { description: told }),
    ...((access === 'anyone' || access === 'local') && { security: [] }),
    // Roles may stand beside a scheme since OpenAPI 3.1.
    ...(access === 'admin' && { security: [{ key: ['admin'] }] }),
    ...(all.length > 0 && { parameters: all }),
    ...(body !== undefined && { requestBody: makeBody(body) }),
    responses: { ...Object.fromEntries(responses), ...describeRefusals(operation) },
  };
}

function makeBody({
  name,
  required,
  types = ['application/json'],
  examples,
  texts = {},
  files = [],
}: RequestBody): JsonObject {
  const named = Object.entries(examples).map(([summary, value], n) => [
    `${name}${n + 1}`,
    { summary, value },
  ]);
  const content = { schema: { $ref: `#/components/schemas/${name}` }, examples: Object.fromEntries(named) };
  const asText = Object.entries(texts).map(([type, example]) => [type, textContent(example)]);
  const asFile = files.map((type) => [type, FILE]);
  const asJson = types.map((type) => [type, content]);
  return { required, content: Object.fromEntries([...asJson, ...asText, ...asFile]) };
}

/** Bytes, of which a schema has nothing to say. */
const FILE: JsonObject = { schema: {} };

function textContent(example: string): JsonObject {
  return { schema: { type: 'string' }, example };
}

function makeAnswer(answer: Answer): JsonObject {
  const content = contentOf(answer);
  const headers = refersToHeaders(['X-Request-Id', ...(answer.headers ?? [])]);
  return { description: answer.description, headers, ...(content !== null && { content }) };
}

function contentOf(answer: Answer): JsonObject | null {
  if ('types' in answer) return bytesOf(answer.types);
  if ('type' in answer)
    return {
      [answer.type]:
        answer.example === undefined ? { schema: { type: 'string' } } : textContent(answer.example),
    };
  const { name, example, lines } = answer;
  const json = { schema: { $ref: `#/components/schemas/${name}` }, example };
  if (lines === undefined) return { 'application/json': json };
  return { [LINES_TYPE]: json, [lines.textType]: textContent(lines.textExample) };
}

/** Null: an answer without a body. */
function bytesOf(types: readonly string[]): JsonObject | null {
  return types.length === 0 ? null : Object.fromEntries(types.map((type) => [type, BYTES]));
}

const BYTES = { schema: { type: 'string', format: 'binary' } };

function bodiesOf(operations: readonly Operation[]): Record<string, z.ZodType> {
  const bodies = operations.flatMap(({ body }) => (body === undefined ? [] : [body]));
  return Object.fromEntries(bodies.map(({ name, schema }) => [name, schema]));
}

function answersOf(operations: readonly Operation[]): Record<string, z.ZodType> {
  const answers = operations.flatMap((operation) => Object.values(operation.answers));
  const named = answers.flatMap((one) =>
    'type' in one || 'types' in one ? [] : [[one.name, one.schema] as const],
  );
  return Object.fromEntries(named);
}
