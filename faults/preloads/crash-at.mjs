// Loaded into a process before its app: names every operation that leaves the process (statements to Postgres,
// requests, commands to Redis). With RECORD_OPERATIONS it writes each name once to that file; with CRASH_AT,
// `before <name>` or `after <name>`, it kills the process before the first such operation, or when it took
// effect and nobody has heard of it yet.
import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { nameRequest, nameStatement } from './name-operation.mjs';

const { CRASH_AT = '', RECORD_OPERATIONS = '' } = process.env;
const infra = createRequire(new URL('../../packages/infra/package.json', import.meta.url));
const seen = new Set();

function begin(name) {
  if (RECORD_OPERATIONS !== '' && !seen.has(name)) {
    seen.add(name);
    appendFileSync(RECORD_OPERATIONS, `${name}\n`);
  }
  if (CRASH_AT === `before ${name}`) process.kill(process.pid, 'SIGKILL');
}

function end(name) {
  if (CRASH_AT === `after ${name}`) process.kill(process.pid, 'SIGKILL');
}

function wrapPostgres({ Client }) {
  const { query } = Client.prototype;
  Client.prototype.query = function (...args) {
    const name = `postgres: ${nameStatement(this, args[0])}`;
    begin(name);
    const callback = args.at(-1);
    if (typeof callback === 'function') {
      args[args.length - 1] = (...results) => {
        end(name);
        callback(...results);
      };
      return query.apply(this, args);
    }
    const result = query.apply(this, args);
    return typeof result?.then === 'function' ? whenDone(result, name) : result;
  };
}

function whenDone(promise, name) {
  return promise.finally(() => end(name));
}

function wrapFetch() {
  const { fetch } = globalThis;
  globalThis.fetch = (input, init) => {
    const name = `provider: ${nameRequest(input, init)}`;
    begin(name);
    return whenDone(fetch(input, init), name);
  };
}

function wrapRedis({ Redis }) {
  const scripts = new Map();
  const { defineCommand, sendCommand } = Redis.prototype;
  Redis.prototype.defineCommand = function (name, definition) {
    scripts.set(createHash('sha1').update(definition.lua).digest('hex'), name.replace(/:.*/, ''));
    return defineCommand.call(this, name, definition);
  };
  Redis.prototype.sendCommand = function (command, ...rest) {
    const name = `redis: ${scripts.get(command.args[0]) ?? command.name}`;
    begin(name);
    command.promise?.then(
      () => end(name),
      () => undefined,
    );
    return sendCommand.call(this, command, ...rest);
  };
}

wrapPostgres(infra('pg'));
wrapFetch();
wrapRedis(infra('ioredis'));
