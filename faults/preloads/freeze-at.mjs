// Loaded into a process before its app: the process stops itself before the first statement that carries
// FREEZE_AT in one of its values, and goes on when it is told to.
import { createRequire } from 'node:module';

const infra = createRequire(new URL('../../packages/infra/package.json', import.meta.url));
const adapter = createRequire(infra.resolve('@prisma/adapter-pg'));
const needle = process.env.FREEZE_AT;
let frozen = false;

for (const { Client } of new Set([infra('pg'), adapter('pg')])) {
  const { query } = Client.prototype;
  Client.prototype.query = function (...args) {
    if (!frozen && carries(args)) {
      frozen = true;
      process.kill(process.pid, 'SIGSTOP');
    }
    return query.apply(this, args);
  };
}

function carries([first, second]) {
  const values = Array.isArray(second) ? second : (first?.values ?? []);
  return values.some((value) => typeof value === 'string' && value.includes(needle));
}
