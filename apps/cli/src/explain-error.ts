import { ApiError, CatwalkError, ConnectionError } from '@catwalk/client';
import { CliError } from './cli-error.js';
import { printable } from './print-table.js';

/** What went wrong, for people and (`--json`) for programs. */
export interface Explained {
  readonly code: string;
  readonly message: string;
}

/** Null for what is a fault of ours: that is better seen with its stack. */
export function explainError(error: unknown, url: string | null): Explained | null {
  if (error instanceof CliError) return { code: error.code, message: error.message };
  if (error instanceof ApiError)
    return { code: error.code, message: printable(`${error.message}${hintOf(error)}`) };
  if (error instanceof ConnectionError)
    return {
      code: 'no_connection',
      message: printable(`${error.message} (${url ?? 'no address'})${causeOf(error)}`),
    };
  if (error instanceof CatwalkError) return { code: 'no_answer', message: printable(error.message) };
  const code = (error as NodeJS.ErrnoException | null)?.code;
  // What the file system refuses is told by its own sentence.
  if (error instanceof Error && code !== undefined && 'syscall' in error)
    return { code, message: error.message };
  return null;
}

function hintOf({ code, requestId }: ApiError): string {
  if (code === 'unauthorized') return '; name a key with --key or CATWALK_API_KEY';
  return code === 'internal' && requestId !== null ? ` (request ${requestId})` : '';
}

function causeOf({ cause }: Error): string {
  for (let one: unknown = cause; one instanceof Error; one = one.cause) {
    const code = (one as NodeJS.ErrnoException).code;
    if (code !== undefined) return `: ${code}`;
  }
  return '';
}
