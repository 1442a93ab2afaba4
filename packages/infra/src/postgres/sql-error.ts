/**
 * What kind of trouble a failed statement was in. `again`: a deadlock, a serialization failure or a lost
 * connection or plan, where the same statement may work at once. `away`: the server cannot be reached, does not answer,
 * or cannot store now (full, read-only, out of connections), which mends later if at all. `data`: a value of
 * ours that no repetition mends.
 */
export type SqlTrouble = 'again' | 'away' | 'data' | 'other';

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
/** Classes and codes of the server: it starts or stops, is full, read-only, or lets nobody in. */
const AWAY_STATE = /^(08|28|53|57|58)|^(25006|3D000|55P03)$/;
/** Prisma's own: not reached, timed out, no connection or transaction to be had. */
const AWAY_CODES = new Set(['P1000', 'P1001', 'P1002', 'P1003', 'P1008', 'P1017', 'P2024', 'P2028']);
const AWAY_KINDS = new Set(['TooManyConnections', 'AuthenticationFailed', 'DatabaseAccessDenied']);
const TIMED_OUT =
  /timeout|timed out|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|pool (has been|after)|gone silent/i;
const CLOSED =
  /connection (terminated|closed|ended)|ECONNRESET|EPIPE|ECONNREFUSED|Client has encountered a connection error/i;

/** A prepared statement that is not there, or there already, and a plan that a migration has made wrong. */
const PLAN_LOST_STATES = new Set(['26000', '42P05']);
const PLAN_IS_OLD = 'cached plan must not change result type';

/** Whether a statement failed for the plan that was kept of it, and nothing else: unnamed, it works. */
export function isPlanLost(error: unknown): boolean {
  const { state, message } = readSqlError(error);
  return PLAN_LOST_STATES.has(state) || message.includes(PLAN_IS_OLD);
}

/** Classifies an error thrown by a statement, whether Prisma or pg threw it. */
export function troubleOf(error: unknown): SqlTrouble {
  const { state, code, kind, message } = readSqlError(error);
  if (state.startsWith('22') || state.startsWith('23')) return 'data';
  if (kind === 'UniqueConstraintViolation' || kind === 'ValueOutOfRange') return 'data';
  if (AGAIN_STATES.has(state) || AGAIN_KINDS.has(kind) || isPlanLost(error)) return 'again';
  // Before what looks like a closed connection: one that was never answered is not worth another wait.
  if (AWAY_STATE.test(state) || AWAY_CODES.has(code) || AWAY_KINDS.has(kind)) return 'away';
  if (TIMED_OUT.test(message)) return 'away';
  return CLOSED.test(message) ? 'again' : 'other';
}

/** Whether Postgres is out for now, rather than ourselves at fault. */
export function isPostgresAway(error: unknown): boolean {
  const trouble = troubleOf(error);
  return trouble === 'again' || trouble === 'away';
}

/** Whether the server stopped a statement that took longer than its own bound. */
export function isStatementTimeout(error: unknown): boolean {
  return readSqlError(error).state === '57014';
}

interface SqlErrorFacts {
  /** The server's five characters, or the operating system's name of a connection's fault. */
  readonly state: string;
  /** Prisma's own code, where Prisma threw it. */
  readonly code: string;
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
    code: String(thrown.code ?? ''),
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
