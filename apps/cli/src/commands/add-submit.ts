import type { NewTryOn } from '@catwalk/client';
import { createTryOnSchema } from '@catwalk/contract';
import { type Command, InvalidArgumentError } from 'commander';
import { wholeNumber } from '../parse-option.js';
import type { Run } from '../run-command.js';
import { submitTryOn } from '../submit-try-on.js';

interface Options {
  readonly humanImage: string;
  readonly wait?: boolean;
  readonly out?: string;
  readonly idempotencyKey?: string;
}

const MORE = `
It is submitted at once, and billed in live mode.

Examples:
  $ npx catwalk submit --human-image https://shop.example/anna.jpg --dress-input https://shop.example/red.jpg
  $ npx catwalk submit --human-image … --upper-input … --lower-input … --custom-id look-7 --out results/`;

export function addSubmit(program: Command, run: Run): void {
  program
    .command('submit')
    .description('submit one try-on')
    .requiredOption('--human-image <address>', 'the person')
    .option('--dress-input <address>', 'a garment for the whole body')
    .option('--upper-input <address>', 'an upper garment')
    .option('--lower-input <address>', 'a lower garment')
    .option('--image-count <n>', 'how many pictures, 1 to 4; each is billed', wholeNumber)
    .option('--custom-id <id>', 'your own id; pictures are named after it')
    .option('--metadata <name=value>', 'a label of your own; may be repeated', label)
    .option('--email <account>', 'only on this provider account')
    .option('--max-jobs <n>', 'only while fewer jobs than this are open on its account', wholeNumber)
    .option('--reply-url <address>', 'is called when it has ended')
    .option('--reply-ref <text>', 'is given back then')
    .option('--priority <priority>', 'high, normal or low')
    .option('--expires-at <time>', 'not submitted by then, it fails unbilled')
    .option('--copy-inputs', 'copy the pictures soon: their addresses do not live as long as the queue')
    .option('--idempotency-key <key>', 'the same key makes no second try-on')
    .option('--wait', 'wait until it has ended')
    .option('--out <folder>', 'wait, and save its pictures there')
    .addHelpText('after', MORE)
    .action(
      run<Options>((session, options) => {
        const { wait = false, out, idempotencyKey } = options;
        return submitTryOn(session, fieldsOf(options), { wait, out, idempotencyKey });
      }),
    );
}

/** What belongs to the try-on, out of all that was typed. */
function fieldsOf(typed: Options): NewTryOn {
  const names = Object.keys(createTryOnSchema.shape);
  return Object.fromEntries(
    Object.entries(typed).filter(([name]) => names.includes(name)),
  ) as unknown as NewTryOn;
}

function label(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It is a name and a value, such as season=spring.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
