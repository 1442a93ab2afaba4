import { createCatwalk } from '@catwalk/client';
import type { Command } from 'commander';
import { explainError } from './explain-error.js';
import { findApi } from './find-api.js';
import { createSession, EXIT, type Session, type Surroundings } from './session.js';

/** What a command does; it answers with the exit code. */
type Act<Options> = (session: Session, options: Options, ...args: string[]) => Promise<number>;

/** Makes of what a command does what commander calls. */
export type Run = <Options>(act: Act<Options>) => (...given: unknown[]) => Promise<void>;

interface GlobalOptions {
  readonly url?: string;
  readonly key?: string;
  readonly json?: boolean;
}

/** A person who waits is told within two seconds that nobody answers; long work brings its own patience. */
const MAX_RETRIES = 2;

/** Runs commands in these surroundings; `ended` is told each exit code. */
export function runner(around: Surroundings, ended: (exitCode: number) => void): Run {
  return (act) =>
    async (...given) => {
      // commander hands over the arguments, the command's own options and the command.
      const command = given.at(-1) as Command;
      const options = command.optsWithGlobals<GlobalOptions>();
      const json = options.json === true;
      let url: string | null = null;
      try {
        const connect = () => {
          const api = findApi(options, around.env, around.cwd);
          url = api.url;
          return createCatwalk({
            baseUrl: api.url,
            apiKey: api.key ?? undefined,
            maxRetries: MAX_RETRIES,
          });
        };
        const session = createSession(connect, around, json);
        ended(await act(session, options as never, ...(given.slice(0, -2) as string[])));
      } catch (error) {
        ended(around.signal.aborted ? EXIT.interrupted : tell(around, error, url, json));
      }
    };
}

function tell(around: Surroundings, error: unknown, url: string | null, json: boolean): number {
  const explained = explainError(error, url);
  if (explained === null) throw error;
  around.stderr.write(json ? `${JSON.stringify({ error: explained })}\n` : `catwalk: ${explained.message}\n`);
  return EXIT.error;
}
