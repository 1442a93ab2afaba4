import { type DestinationStream, type Logger, pino } from 'pino';
import { cutQuery } from './cut-query.js';

export type { Logger } from 'pino';

const SECRET_FIELDS = ['authorization', 'cookie', 'token', 'key', 'secret', 'password', 'replyUrl'];
// No wildcards: they would search every object of every line, which shows in the request path.
const SECRET_PATHS = SECRET_FIELDS.flatMap((field) => [field, `headers.${field}`, `config.${field}`]);

/**
 * A logger that writes one JSON line per entry, to stdout unless told otherwise. Fields whose names mean
 * secrets are blanked as a second line of defence; the first is not to log them.
 */
export function createLogger(options: {
  readonly app: string;
  readonly level: string;
  readonly destination?: DestinationStream;
}): Logger {
  return pino(
    {
      level: options.level,
      base: { app: options.app },
      redact: { paths: SECRET_PATHS, censor: '…' },
      serializers: { err: describeError },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    options.destination ?? pino.destination({ dest: 1, sync: false }),
  );
}

/** Only these fields: errors of the database carry rows, and those of HTTP clients whole requests. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: cutQuery(String(error)) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) };
  return {
    type: error.name,
    message: cutQuery(error.message),
    stack: cutQuery(error.stack ?? ''),
    ...code,
    ...cause,
  };
}
