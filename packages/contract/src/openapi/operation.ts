import type { z } from 'zod';
import type { ProblemCode } from '../problem.js';

/** JSON of which nothing is known. */
export type JsonObject = { [name: string]: unknown };

type Tag =
  | 'Try-ons'
  | 'Batches'
  | 'Events'
  | 'Assets'
  | 'Drop-in'
  | 'Accounts'
  | 'Webhooks'
  | 'Operation'
  | 'Documents';

/** Headers of answers, as the document names them; `headers.ts` explains each. */
type AnswerHeader = 'Location' | 'Idempotent-Replayed' | 'ETag' | 'Content-Range';

/** A parameter that no query schema describes: of the path, a header, or one with a shape of its own. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'header' | 'query';
  readonly description: string;
  readonly schema: JsonObject;
  readonly example?: unknown;
  readonly style?: 'deepObject';
}

/** What a request carries. */
export interface RequestBody {
  /** Its name among the schemas of the document. */
  readonly name: string;
  readonly schema: z.ZodType;
  readonly required: boolean;
  readonly types?: readonly string[];
  readonly examples: Readonly<Record<string, unknown>>;
  /** Media types in which the same may be sent as text, with an example of each. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Media types of files that may be sent as they are. */
  readonly files?: readonly string[];
}

/** An answer that is no refusal: JSON by its schema, such JSON line by line, or a text of the type. */
export type Answer = { readonly description: string; readonly headers?: readonly AnswerHeader[] } & (
  | { readonly name: string; readonly schema: z.ZodType; readonly example: unknown; readonly lines?: AsLines }
  | { readonly type: string; readonly example?: string }
  /** Bytes, of one of several types. */
  | { readonly types: readonly string[] }
);

/** One JSON object in each line, or where it is asked for a text of the type. */
interface AsLines {
  readonly textType: string;
  readonly textExample: string;
}

/** The media type of JSON line by line; its schema is that of a line. */
export const LINES_TYPE = 'application/x-ndjson';

/** One route with one method, described once; the document and its tests are made from it. */
export interface Operation {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** As in OpenAPI: `/v1/try-ons/{id}`. */
  readonly path: string;
  readonly id: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /**
   * `anyone`: answers everybody. `local`: needs no key, but without keys the caller must be on this machine.
   * `key`: needs a key where keys are set. `admin`: needs an admin's.
   */
  readonly access: 'anyone' | 'local' | 'key' | 'admin';
  readonly parameters?: readonly Parameter[];
  readonly query?: z.ZodObject;
  readonly body?: RequestBody;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Refusals besides those that its access brings. */
  readonly refusals: readonly ProblemCode[];
  /** `provider`: refusals have the provider's shape, as its clients expect. */
  readonly refusedIn?: 'provider';
}

/** What may be wrong with any JSON body. */
export const BODY_REFUSALS = [
  'invalid_request',
  'malformed_json',
  'body_too_large',
  'unsupported_media_type',
] as const satisfies readonly ProblemCode[];
