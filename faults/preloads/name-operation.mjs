const last = new WeakMap();

/** A statement by what it writes, else by what it reads; the end of a transaction by its last statement. */
export function nameStatement(client, query) {
  const text = (typeof query === 'string' ? query : (query?.text ?? ''))
    .replace(/\s+/g, ' ')
    .replace(/_[0-9a-f]{8}\b/g, '')
    .trim();
  if (/^(COMMIT|ROLLBACK)/i.test(text)) return `${text.toUpperCase()} after ${last.get(client) ?? 'nothing'}`;
  const name = describe(text);
  last.set(client, name);
  return name;
}

const table = '(?:(?:catwalk|bullmq)\\.)?"?([a-z_]+)"?';
const updates = new RegExp(`\\bupdate ${table}(?: as)?(?: [a-z]+)? set ([a-z_]+)`, 'gi');
const otherWrites = new RegExp(`\\b(insert into|delete from) ${table}`, 'gi');
const reads = new RegExp(`\\b(?:from|join) ${table}`, 'gi');
const calls = /\b(pg_(?:try_)?advisory\w+|pg_notify)\(/g;

function describe(text) {
  const writes = [
    ...[...text.matchAll(updates)].map(([, name, column]) => `update ${name} ${column}`),
    ...[...text.matchAll(otherWrites)].map(([, verb, name]) => `${verb.toLowerCase()} ${name}`),
  ];
  const called = [...text.matchAll(calls)].map(([, name]) => name);
  const read = [...text.matchAll(reads)].map(([, name]) => `read ${name}`);
  const locks = /for (?:no key )?update/i.test(text) ? ['locked'] : [];
  const parts = writes.length > 0 ? [...writes, ...called] : [...called, ...read, ...locks];
  const name = [...new Set(parts)].join(', ');
  return name === '' ? text.slice(0, 60) : name.slice(0, 160);
}

/** A request by its method and path, without what stands for one task or account. */
export function nameRequest(input, init) {
  const { pathname } = new URL(String(input));
  return `${init?.method ?? 'GET'} ${pathname.replace(/\/\d+$/, '/:id').replace(/\/[^/]+@[^/]+$/, '/:email')}`;
}
