import { keepGarbageYoung } from './keep-garbage-young.js';
import { stopOnSignals } from './stop-on-signals.js';

/** What every app is once it is put together. */
export interface App {
  start(): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * Runs one app as a process of its own: it starts, and stops on a signal. What keeps it from starting is told
 * in words, without a stack trace, and the process exits 1.
 */
export async function runApp(name: string, build: () => Promise<App>): Promise<void> {
  keepGarbageYoung();
  try {
    const app = await build();
    stopOnSignals({
      stop: () => app.close(),
      onError: (error) => console.error(`${name} did not stop cleanly: ${explainStartFailure(name, error)}`),
    });
    await app.start();
  } catch (error) {
    console.error(explainStartFailure(name, error));
    process.exit(1);
  }
}

const TOLD_AS_THEY_ARE = new Set([
  'SettingsError',
  'DatabaseRefusedError',
  'PortTakenError',
  'StartRefusedError',
]);
const UNREACHABLE = /ECONNREFUSED|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH|connection timeout|Can't reach database/i;

/** One clear sentence on why an app could not start. */
export function explainStartFailure(name: string, error: unknown): string {
  const { name: kind, message } = error instanceof Error ? error : new Error(String(error));
  if (TOLD_AS_THEY_ARE.has(kind)) return message;
  const detail = `${message} ${String((error as { code?: unknown } | null)?.code ?? '')}`;
  if (UNREACHABLE.test(detail)) return `${name} cannot start: PostgreSQL does not answer (DATABASE_URL)`;
  return `${name} cannot start: ${message}`;
}
