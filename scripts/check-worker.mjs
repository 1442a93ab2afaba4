// The health check of the worker's container: exits 0 while something here is connected to PostgreSQL.
import { existsSync, readFileSync } from 'node:fs';

const ESTABLISHED = '01';
const port = new URL(process.env.DATABASE_URL).port || '5432';
const hexPort = Number(port).toString(16).toUpperCase().padStart(4, '0');

const connected = ['/proc/net/tcp', '/proc/net/tcp6']
  .filter((path) => existsSync(path))
  .flatMap((path) => readFileSync(path, 'utf8').trim().split('\n').slice(1))
  .map((line) => line.trim().split(/\s+/))
  .some(([, , remote, state]) => remote.endsWith(`:${hexPort}`) && state === ESTABLISHED);
process.exitCode = connected ? 0 : 1;
