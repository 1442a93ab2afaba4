import type { Catwalk } from '@catwalk/client';
import type { Env } from './find-api.js';

/** What the command line stands in: the process as far as commands may touch it. */
export interface Surroundings {
  readonly env: Env;
  readonly cwd: string;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** What Ctrl-C does, for when the terminal is read key by key. */
  readonly interrupt: () => void;
}

/** One command's run: the API it talks to, and how it speaks. */
export interface Session {
  readonly catwalk: Catwalk;
  readonly around: Surroundings;
  readonly json: boolean;
  /** A result for people, on standard output; silent with `--json`. */
  say(...lines: readonly string[]): void;
  /** A result for programs, on standard output; silent without `--json`. */
  answer(value: unknown): void;
  /** A note beside the result, on standard error; silent with `--json`. */
  note(...lines: readonly string[]): void;
}

/** What a command ends with. */
export const EXIT = { fine: 0, error: 1, someFailed: 2, interrupted: 130 } as const;

/** The API is looked for when it is needed first: what is wrong with the arguments is told without it. */
export function createSession(connect: () => Catwalk, around: Surroundings, json: boolean): Session {
  let catwalk: Catwalk | undefined;
  const write = (stream: NodeJS.WriteStream, lines: readonly string[]) => {
    for (const line of lines) stream.write(`${line}\n`);
  };
  return {
    get catwalk() {
      catwalk ??= connect();
      return catwalk;
    },
    around,
    json,
    say: (...lines) => json || write(around.stdout, lines),
    note: (...lines) => json || write(around.stderr, lines),
    answer: (value) => {
      if (json) write(around.stdout, [JSON.stringify(value, null, 2)]);
    },
  };
}
