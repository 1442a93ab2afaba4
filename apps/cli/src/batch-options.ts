import { createHash } from 'node:crypto';
import type { BatchOptions } from '@catwalk/client';
import { createBatchQuerySchema } from '@catwalk/contract';
import { CliError } from './cli-error.js';
import type { Input } from './read-input.js';

const schema = createBatchQuerySchema.omit({ dryRun: true });

/** The options of a batch as they were typed: the contract says what they may be. */
export type TypedOptions = Readonly<Record<string, string>>;

/** What was typed for the batch, out of everything that was typed. */
export function pickOptions(typed: Readonly<Record<string, unknown>>): TypedOptions {
  const names = Object.keys(schema.shape);
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = typed[name] === true ? 'true' : typed[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

/** @throws CliError naming every option that cannot be */
export function parseOptions(typed: TypedOptions): BatchOptions {
  const parsed = schema.safeParse(typed);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${flagOf(String(path[0]))} ${message}`);
  throw new CliError(problems.join('; '), 'bad_option');
}

/**
 * The idempotency key of an upload: the same bytes with the same options have the same one, so that a run that is
 * repeated makes no second batch.
 */
export function keyOf(input: Input, typed: TypedOptions): string {
  const sorted = Object.entries(typed).sort(([one], [other]) => (one < other ? -1 : 1));
  const text = JSON.stringify([input.format, input.sha256, sorted]);
  return `cli-${createHash('sha256').update(text).digest('hex')}`;
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
}
