/**
 * What kind of trouble a failed statement was in. `again`: a deadlock, a serialization failure or a lost
 * connection, where the same statement may work. `data`: a value of ours that no repetition mends.
 */
export type SqlTrouble = 'again' | 'data' | 'other';

const AGAIN_STATES = new Set([
  '40P01',
  '40001',
  '57P01',
  '57P02',
  '57P03',
  '08000',
  '08003',
  '08006',
  '08001',
]);
const AGAIN_KINDS = new Set([
  'ConnectionClosed',
  'DatabaseNotReachable',
  'SocketTimeout',
  'TransactionWriteConflict',
]);
const CLOSED =
  /connection (terminated|closed|ended)|ECONNRESET|EPIPE|ECONNREFUSED|Client has encountered a connection error/i;

/** Classifies an error thrown by a statement, whether Prisma or pg threw it. */
export function troubleOf(error: unknown): SqlTrouble {
  const { state, kind, message } = readSqlError(error);
  if (AGAIN_STATES.has(state) || AGAIN_KINDS.has(kind) || CLOSED.test(message)) return 'again';
  if (state.startsWith('22') || state.startsWith('23')) return 'data';
  return kind === 'UniqueConstraintViolation' || kind === 'ValueOutOfRange' ? 'data' : 'other';
}

interface SqlErrorFacts {
  readonly state: string;
  readonly kind: string;
  readonly message: string;
}

/** Prisma keeps the server's own code in `meta.driverAdapterError.cause`, pg in `code`. */
function readSqlError(error: unknown): SqlErrorFacts {
  const thrown = (error ?? {}) as { code?: unknown; message?: unknown; cause?: unknown; meta?: AdapterMeta };
  const cause = thrown.meta?.driverAdapterError?.cause ?? thrown.cause;
  const from = (cause ?? thrown) as { originalCode?: unknown; code?: unknown; kind?: unknown };
  return {
    state: String(from.originalCode ?? from.code ?? thrown.code ?? ''),
    kind: String(from.kind ?? ''),
    message: String(thrown.message ?? ''),
  };
}

interface AdapterMeta {
  readonly driverAdapterError?: { readonly cause?: unknown };
}

/** Runs a statement once more when the first try met a deadlock or a lost connection. Only for repeatable ones. */
export async function retryOnce<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (troubleOf(error) !== 'again') throw error;
    return run();
  }
}
