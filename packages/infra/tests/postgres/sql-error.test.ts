import { describe, expect, it } from 'vitest';
import { isPostgresAway, type SqlTrouble, troubleOf } from '../../src/postgres/sql-error.js';

const fromServer = (code: string) => Object.assign(new Error('the server says no'), { code });
/** As Prisma throws what the server said to a raw statement. */
const wrapped = (cause: object) =>
  Object.assign(new Error('Raw query failed'), { code: 'P2010', meta: { driverAdapterError: { cause } } });

const table: [string, unknown, SqlTrouble][] = [
  ['a deadlock', fromServer('40P01'), 'again'],
  ['a serialization failure', wrapped({ originalCode: '40001', kind: 'TransactionWriteConflict' }), 'again'],
  ['a server that shuts down', fromServer('57P01'), 'again'],
  ['a refused connection', new Error('connect ECONNREFUSED 127.0.0.1:5432'), 'again'],
  ['a connection that was cut', new Error('Connection terminated unexpectedly'), 'again'],
  ['an answer that does not come', new Error('Query read timeout'), 'away'],
  ['no connection to be had', new Error('timeout exceeded when trying to connect'), 'away'],
  ['a server that does not answer', new Error('Connection terminated due to connection timeout'), 'away'],
  ['a statement that took too long', wrapped({ originalCode: '57014', kind: 'postgres' }), 'away'],
  ['a full disk', wrapped({ originalCode: '53100', kind: 'postgres' }), 'away'],
  ['too many connections', wrapped({ originalCode: '53300', kind: 'TooManyConnections' }), 'away'],
  ['a server that only reads', wrapped({ originalCode: '25006', kind: 'postgres' }), 'away'],
  ['a password that no longer holds', wrapped({ originalCode: '28P01' }), 'away'],
  ['a transaction that got no connection', fromServer('P2028'), 'away'],
  ['a value that cannot be stored', wrapped({ originalCode: '22P02', kind: 'InvalidInputValue' }), 'data'],
  ['a second row of the same key', wrapped({ originalCode: '23505' }), 'data'],
  ['a statement of ours that is wrong', wrapped({ originalCode: '42601', kind: 'postgres' }), 'other'],
  ['a fault of our own', new TypeError('undefined is not a function'), 'other'],
];

describe('trouble with a statement', () => {
  it.each(table)('%s is told apart', (_name, error, trouble) => {
    expect(troubleOf(error)).toBe(trouble);
    expect(isPostgresAway(error)).toBe(trouble === 'again' || trouble === 'away');
  });
});
