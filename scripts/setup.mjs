import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

// DATABASE_URL and REDIS_URL are not among them: docker-compose.yml makes them of the passwords, and `npm start`,
// which reads this file too, must keep to its own database.
const settings = {
  MODE: () => 'sandbox',
  COMPOSE_PROJECT_NAME: () => 'catwalk',
  COMPOSE_PROFILES: () => 'sandbox',
  POSTGRES_PASSWORD: secret,
  REDIS_PASSWORD: secret,
  CALLBACK_SECRET: secret,
  API_KEYS: () => `default:${secret()}`,
  ADMIN_KEYS: () => `admin:${secret()}`,
};

/** `npm run setup`: writes what is missing in `.env`, and changes nothing that is there. */
export async function run() {
  const path = join(root, '.env');
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const missing = Object.keys(settings).filter(
    (name) => !new RegExp(`^\\s*(export\\s+)?${name}\\s*=`, 'm').test(before),
  );
  const lines = missing.map((name) => `${name}=${settings[name]()}\n`);
  const gap = before === '' || before.endsWith('\n') ? '' : '\n';
  if (missing.length > 0) writeFileSync(path, before + gap + lines.join(''), { mode: 0o600 });
  chmodSync(path, 0o600);
  console.log(missing.length > 0 ? `.env: wrote ${missing.join(', ')}` : '.env: nothing was missing');
}

/** Letters and digits only: it stands in addresses, on command lines and in lists separated by commas and colons. */
function secret() {
  return randomBytes(32).toString('hex');
}
