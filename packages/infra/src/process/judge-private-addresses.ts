import type { CheckResult } from './report-checks.js';
import type { Mode } from './settings-fields.js';

/** In live, addresses inside the network are a door that somebody should know to be open. */
export function judgePrivateAddresses(mode: Mode, allowed: boolean): CheckResult {
  const check = 'private addresses';
  if (!allowed || mode === 'sandbox')
    return { check, severity: 'ok', code: 'private_addresses', message: allowed ? 'allowed' : 'not allowed' };
  return {
    check,
    severity: 'warn',
    code: 'private_addresses_allowed',
    message: 'clients may name addresses inside your network: set ALLOW_PRIVATE_ADDRESSES to off',
  };
}
