import type { DailyCeilings } from '@catwalk/infra/postgres';
import type { StartConfig } from './config.js';
import { set } from './config.js';
import type { Home } from './prepare-home.js';
import type { Parts } from './start-parts.js';

/** What a person should know at a glance: what runs where, on what, and whether it costs money. */
export function bannerLines(config: StartConfig, parts: Parts, home: Home): string[] {
  const { urls } = parts;
  return [
    config.mode === 'sandbox'
      ? 'Catwalk in SANDBOX mode: the provider is a simulator, nothing is billed'
      : 'Catwalk in LIVE mode: submits go to the provider and are billed',
    ...line('api', urls.api),
    ...line('docs', `${urls.api}/docs`),
    ...line('webhook app', urls.webhook),
    ...(urls.simulator === null ? [] : line('simulator', urls.simulator)),
    ...line('database', describeDatabase(config, parts)),
    ...line(
      'queue',
      parts.queue === 'redis' ? 'BullMQ on Redis' : 'BullMQ on PostgreSQL, in the same database',
    ),
    ...line('connections', parts.checks.find((one) => one.check === 'connections')?.message ?? ''),
    ...line('daily limit', describeCeilings(parts.ceilings)),
    ...callbackLine(config),
    ...(parts.adminKeyPath === null ? [] : line('admin key', `in ${parts.adminKeyPath}`)),
    ...line('log', home.logFile),
    ...parts.checks.flatMap(({ severity, message }) =>
      severity === 'warn' ? [`  WARNING: ${message}`] : [],
    ),
  ];
}

function line(name: string, value: string): string[] {
  return [`  ${name.padEnd(12)}${value}`];
}

/** Host and name only: the address also holds the password. */
function describeDatabase(config: StartConfig, parts: Parts): string {
  const url = new URL(parts.databaseUrl);
  const where = `${decodeURIComponent(url.pathname.slice(1))} on ${url.host}`;
  if (config.databaseUrl !== null) return where;
  return `${where}, embedded PostgreSQL${parts.embedded?.adopted === true ? ' (taken over, still running)' : ''}`;
}

function describeCeilings({ all, clients }: DailyCeilings): string {
  const total =
    all === null
      ? 'none (DAILY_IMAGE_LIMIT)'
      : `${all} images a UTC day (DAILY_IMAGE_LIMIT); what is over waits`;
  const each = [...clients].map(([client, images]) => `${client} ${images}`);
  return each.length === 0 ? total : `${total}; ${each.join(', ')}`;
}

function callbackLine(config: StartConfig): string[] {
  const address = set(config.env.PUBLIC_WEBHOOK_URL);
  if (address !== undefined) return line('callbacks', address);
  if (config.mode === 'sandbox') return [];
  return line('callbacks', 'off (PUBLIC_WEBHOOK_URL is not set): results are found by polling');
}
