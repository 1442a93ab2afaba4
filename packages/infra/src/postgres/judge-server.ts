import type { CheckResult } from '../process/report-checks.js';
import type { Mode } from './own-database.js';

/** What a server says of itself, and what is in the database already. */
export interface ServerFacts {
  readonly version: string;
  readonly versionNumber: number;
  readonly fsync: string;
  readonly synchronousCommit: string;
  readonly maxConnections: number;
  /** Kept back for superusers and the like. */
  readonly reserved: number;
  /** Connections that others hold. */
  readonly used: number;
  /** The mode that owns the database; null while none does. */
  readonly owner: string | null;
}

/** The server's clock between two readings of ours, all in milliseconds since 1970. */
export interface ClockReading {
  readonly beforeMs: number;
  readonly serverMs: number;
  readonly afterMs: number;
}

/** Connections of ours choose their schema by `options`, which one in the address would replace. */
export function judgeAddress(url: string): CheckResult {
  const check = 'address';
  if (!new URL(url).searchParams.has('options'))
    return { check, severity: 'ok', code: 'address', message: 'DATABASE_URL carries no options' };
  return refuse(
    check,
    'address_options',
    'DATABASE_URL must not carry ?options=, which would replace the search path of our connections: remove it, and set what it sets on the role (ALTER ROLE … SET …)',
  );
}

export function judgeVersion({ version, versionNumber }: ServerFacts): CheckResult {
  const check = 'version';
  if (versionNumber >= 140_000)
    return { check, severity: 'ok', code: 'version', message: `PostgreSQL ${version}` };
  const message = `PostgreSQL 14 or newer is needed, and this is ${version}: upgrade the server, or name another (DATABASE_URL)`;
  return refuse(check, 'postgres_too_old', message);
}

/** What a 2xx promises must outlive a crash of the server; in the sandbox nobody pays for it. */
export function judgeDurability({ fsync, synchronousCommit }: ServerFacts, mode: Mode): CheckResult {
  const check = 'durability';
  const off = [
    ...(fsync === 'on' ? [] : ['fsync']),
    ...(synchronousCommit === 'off' ? ['synchronous_commit'] : []),
  ].join(' and ');
  if (off === '')
    return { check, severity: 'ok', code: 'durability', message: 'commits survive a crash of the server' };
  return {
    check,
    severity: mode === 'live' ? 'refuse' : 'warn',
    code: 'postgres_not_durable',
    message: `PostgreSQL runs with ${off} off, so a crash loses what was accepted and what was paid for: turn it on (ALTER SYSTEM SET, or ALTER ROLE … SET synchronous_commit)`,
  };
}

export function judgeOwner({ owner }: ServerFacts, mode: Mode): CheckResult {
  const check = 'owner';
  if (owner === null || owner === mode)
    return {
      check,
      severity: 'ok',
      code: 'owner',
      message: owner === null ? 'nobody uses it yet' : `${owner} jobs`,
    };
  const message = `this database holds ${owner} jobs; ${mode} needs its own (DATABASE_URL)`;
  return refuse(check, 'database_of_other_mode', message);
}

const CLOCK_OFF_MS = 2_000;

/** The server's clock decides; this machine's is in the logs, and tells the age of a claim. */
export function judgeClock({ beforeMs, serverMs, afterMs }: ClockReading): CheckResult {
  const check = 'clock';
  const offMs = serverMs - (beforeMs + afterMs) / 2;
  const surelyMs = Math.abs(offMs) - (afterMs - beforeMs) / 2;
  if (surelyMs <= CLOCK_OFF_MS)
    return { check, severity: 'ok', code: 'clock', message: 'this machine and PostgreSQL agree on the time' };
  const side = offMs > 0 ? 'behind' : 'ahead of';
  const message = `this machine's clock is ${(Math.abs(offMs) / 1_000).toFixed(1)} s ${side} PostgreSQL's, so times in logs and in jobs will not match: set both by NTP`;
  return { check, severity: 'warn', code: 'clock_off', message };
}

const SHARE_MAX = 0.8;

/** Pools are opened as they are needed: what does not fit is refused by the server at the busiest moment. */
export function judgeConnections(facts: ServerFacts, budget: number): CheckResult {
  const check = 'connections';
  const free = Math.max(0, facts.maxConnections - facts.reserved - facts.used);
  const said = `this process may open ${budget} connections, and ${free} of PostgreSQL's ${facts.maxConnections} are free`;
  if (budget <= SHARE_MAX * free) return { check, severity: 'ok', code: 'connections', message: said };
  return {
    check,
    severity: 'warn',
    code: 'connections_short',
    message: `${said}: raise max_connections, stop what else uses the server, or give BullMQ a Redis (REDIS_URL)`,
  };
}

function refuse(check: string, code: string, message: string): CheckResult {
  return { check, severity: 'refuse', code, message };
}
