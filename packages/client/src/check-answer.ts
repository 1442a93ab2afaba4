import { type ErrorContext, UnexpectedAnswerError } from './errors.js';

/** A schema of the contract that changes nothing about what it reads. */
export interface AnswerSchema<Answer> {
  safeParse(input: unknown):
    | { readonly success: true; readonly data: Answer }
    | {
        readonly success: false;
        readonly error: { readonly issues: readonly { path: readonly PropertyKey[]; message: string }[] };
      };
}

/**
 * Parses an answer at the door. What comes back is the answer itself and not the schema's copy of it: the contract
 * may add fields at any time, and a client that is older must not take them away.
 *
 * @throws UnexpectedAnswerError when it is not what the contract says.
 */
export function checkAnswer<Answer>(
  schema: AnswerSchema<Answer>,
  text: string,
  context: ErrorContext,
): Answer {
  const answer = parseJson(text, context);
  const parsed = schema.safeParse(answer);
  if (parsed.success) return answer as Answer;
  const [first] = parsed.error.issues;
  const where = first === undefined ? '' : `: ${first.path.map(String).join('.')} ${first.message}`;
  throw new UnexpectedAnswerError(`The answer is not what the contract says${where}`, context);
}

function parseJson(text: string, context: ErrorContext): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UnexpectedAnswerError('The answer is not JSON', { ...context, cause });
  }
}
