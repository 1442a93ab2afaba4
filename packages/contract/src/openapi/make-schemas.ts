import { z } from 'zod';
import type { JsonObject, Operation } from './operation.js';

type Schemas = Readonly<Record<string, z.ZodType>>;

/**
 * The JSON Schemas of named zod schemas; where one stands in another it is referred to. For `input` it is what a
 * client sends, before defaults; for `output` what we answer.
 */
export function makeSchemas(schemas: Schemas, io: 'input' | 'output'): Record<string, JsonObject> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const made = z.toJSONSchema(registry, {
    io,
    // Rules that zod cannot say in JSON Schema bring their own words by `meta`.
    unrepresentable: 'any',
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => simplify(jsonSchema, io),
  });
  return Object.fromEntries(
    Object.entries(made.schemas).map(([id, { $schema: _, $id: __, ...schema }]) => [
      id,
      schema as JsonObject,
    ]),
  );
}

function simplify(schema: z.core.JSONSchema.BaseSchema, io: 'input' | 'output'): void {
  // The format says it in fewer words than its regular expression.
  if (schema.format !== undefined) delete schema.pattern;
  // A client must take new fields in answers as they come.
  if (io === 'output' && schema.additionalProperties === false) delete schema.additionalProperties;
}

/** The parameters of a query schema. */
export function makeQueryParameters(query: NonNullable<Operation['query']>): JsonObject[] {
  const { properties = {}, required = [] } = makeSchemas({ query }, 'input').query as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, example, ...schema }]) => ({
    name,
    in: 'query',
    ...(description !== undefined && { description }),
    ...(example !== undefined && { example }),
    required: required.includes(name),
    schema,
  }));
}
