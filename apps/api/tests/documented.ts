import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

type Json = Record<string, unknown>;
interface Reply {
  readonly headers: Record<string, { $ref: string }>;
  /** None: an answer without a body. */
  readonly content?: Record<string, Content>;
}
interface Content {
  readonly schema: Json;
  readonly example?: unknown;
  readonly examples?: Json;
}
export interface DocumentedOperation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly isOpen: boolean;
  readonly isForAdmins: boolean;
  readonly body: { readonly content: Record<string, Content> } | undefined;
  readonly replies: Readonly<Record<string, Reply>>;
}

// biome-ignore lint/suspicious/noExplicitAny: the document is read as what it is, a tree
type Document = any;

export interface Documented {
  readonly operations: readonly DocumentedOperation[];
  /** Everything that the document says may be answered: `createTryOn 409 idempotency_key_reused`. */
  readonly promises: readonly string[];
  /** What of it has been seen. */
  readonly seen: ReadonlySet<string>;
  /** Says what is wrong with an answer of an operation; `miss` names an answer that belongs to none. */
  judge(operationId: string, response: Response, miss?: 'MethodNotAllowed' | 'NotFound'): Promise<string[]>;
}

/** One JSON value in each line: the schema is that of a line. */
const LINES_TYPE = 'application/x-ndjson';

/** The document, as a judge of real answers. Fields that it does not name are wrong too. */
export function readDocumented(document: Document): Documented {
  const ajv = ajvWith(document);
  const operations = operationsOf(document);
  const seen = new Set<string>();
  const judge: Documented['judge'] = async (id, response, miss) => {
    const operation = operations.find((one) => one.id === id);
    const reply = miss ? document.components.responses[miss] : operation?.replies[response.status];
    if (reply === undefined) return [`${id} does not document ${response.status}`];
    const text = await response.text();
    const type = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
    if (reply.content === undefined) {
      seen.add(promise(id, response.status, null));
      return [...(text === '' ? [] : ['a body']), ...headersMissing(document, reply, response)];
    }
    const told = reply.content['*/*'] ?? reply.content[type];
    if (told === undefined) return [`${id} ${response.status} does not document ${type}`];
    if (type === LINES_TYPE) {
      const lines = text.split('\n').filter((line) => line !== '');
      const validate = ajv.compile(inDocument(told.schema));
      seen.add(promise(id, response.status, null));
      return lines.flatMap((line) => complaints(validate, JSON.parse(line)));
    }
    const isJson = type.endsWith('json');
    const body = isJson ? JSON.parse(text) : text;
    const code = type === 'application/problem+json' ? (body.code as string) : null;
    if (code !== null && !(code in told.examples)) return [`${id} does not document ${code}`];
    if (miss === undefined) seen.add(promise(id, response.status, code));
    const problems = headersMissing(document, reply, response);
    return isJson ? [...problems, ...complaints(ajv.compile(inDocument(told.schema)), body)] : problems;
  };
  return { operations, promises: operations.flatMap(promisesOf), seen, judge };
}

/** Says what is wrong with the examples of the document. */
export function judgeExamples(document: Document): string[] {
  const ajv = ajvWith(document);
  const contents = operationsOf(document).flatMap(({ id, body, replies }) =>
    [body, ...Object.values(replies)].flatMap((one) =>
      Object.values(one?.content ?? {}).map((content) => ({ id, content })),
    ),
  );
  return contents.flatMap(({ id, content: { schema, example, examples = {} } }) => {
    const values = Object.values<Document>(examples).map(
      (one) => one.value ?? document.components.examples[one.$ref.split('/').at(-1)].value,
    );
    const all = example === undefined ? values : [example, ...values];
    const validate = ajv.compile(inDocument(schema));
    return all.flatMap((value) => complaints(validate, value).map((complaint) => `${id} ${complaint}`));
  });
}

function ajvWith(document: Document): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema(closed(document) as Json, 'document');
  return ajv;
}

function operationsOf(document: Document): DocumentedOperation[] {
  return Object.entries<Document>(document.paths).flatMap(([path, methods]) =>
    Object.entries<Document>(methods).map(([method, { operationId, security, requestBody, responses }]) => ({
      id: operationId,
      method,
      path,
      isOpen: security?.length === 0,
      isForAdmins: security?.[0]?.key.includes('admin') ?? false,
      body: requestBody,
      replies: responses,
    })),
  );
}

function promisesOf({ id, replies }: DocumentedOperation): string[] {
  return Object.entries(replies).flatMap(([status, { content }]) => {
    const { examples } = content?.['application/problem+json'] ?? {};
    return examples === undefined
      ? [promise(id, status, null)]
      : Object.keys(examples).map((code) => promise(id, status, code));
  });
}

function promise(id: string, status: string | number, code: string | null): string {
  return code === null ? `${id} ${status}` : `${id} ${status} ${code}`;
}

function headersMissing(document: Document, reply: Reply, response: Response): string[] {
  const names = Object.keys(reply.headers).filter((name) => document.components.headers[name].required);
  return names.filter((name) => !response.headers.has(name)).map((name) => `${name} is missing`);
}

function complaints(validate: ValidateFunction, body: unknown): string[] {
  validate(body);
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

function inDocument({ $ref, ...schema }: Json): Json {
  return typeof $ref === 'string' ? { $ref: `document${$ref}` } : schema;
}

/** A copy in which answers may hold the fields that they name, and no others. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, closed(entry)]));
  const isObject = copy.type === 'object' && copy.properties !== undefined;
  return isObject && copy.additionalProperties === undefined
    ? { ...copy, additionalProperties: false }
    : copy;
}
