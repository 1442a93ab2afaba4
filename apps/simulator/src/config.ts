import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { AccountSetting } from './accounts.js';
import type { SimulatorOptions } from './create-simulator.js';
import { type DialsPatch, dialsPatchSchema, dialsSchema } from './dials.js';

export type SimulatorConfig = Omit<SimulatorOptions, 'log'> & { logLevel: string };

export class ConfigError extends Error {}

const accountsSchema = z.string().transform((text, issues): AccountSetting[] =>
  text.split(',').map((entry) => {
    const [, email = '', maxJobs = ''] = /^\s*([^\s:,]+@[^\s:,]+):(\d{1,2})\s*$/.exec(entry) ?? [];
    const limit = Number(maxJobs);
    if (!(limit >= 1 && limit <= 50)) {
      issues.addIssue({ code: 'custom', message: `"${entry}" is not email:limit with a limit of 1 to 50` });
    }
    return { email, maxJobs: limit };
  }),
);

const settingsSchema = z.object({
  port: z.coerce.number().int().min(0).max(65_535).optional(),
  token: z.string().optional(),
  seed: z.string().optional(),
  accounts: accountsSchema.optional(),
  stateFile: z.string().optional(),
  allowPrivateAddresses: z.enum(['on', 'true', '1', 'yes', 'off', 'false', '0', 'no']).optional(),
  ownOrigins: z
    .string()
    .transform((text) => text.split(',').map((origin) => origin.trim()))
    .pipe(z.array(z.url()))
    .optional(),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});
type Settings = z.output<typeof settingsSchema>;

/** Flags win over the environment. Every dial is a flag: `delayMs` is `--delay-ms`. */
export function parseConfig(args: string[], env: Record<string, string | undefined>): SimulatorConfig {
  const flags = readFlags(args);
  const settings = parseOrThrow(settingsSchema, {
    port: flags.port ?? (env.SIMULATOR_PORT || undefined),
    token: flags.token ?? (env.SIMULATOR_TOKEN || undefined),
    seed: flags.seed ?? (env.SIMULATOR_SEED || undefined),
    accounts: flags.accounts ?? (env.SIMULATOR_ACCOUNTS || undefined),
    stateFile: flags['state-file'] ?? (env.SIMULATOR_STATE_FILE || undefined),
    allowPrivateAddresses: env.ALLOW_PRIVATE_ADDRESSES?.toLowerCase() || undefined,
    ownOrigins: env.SIMULATOR_OWN_ORIGINS || undefined,
    logLevel: flags['log-level'] ?? (env.LOG_LEVEL || undefined),
  });
  return { ...present(settings), logLevel: settings.logLevel, dials: readDials(flags) };
}

/** A default port gives way; one that was set does not. */
function present(settings: Settings): Omit<SimulatorConfig, 'logLevel' | 'dials'> {
  const { port, token, seed, accounts, stateFile, allowPrivateAddresses: allow, ownOrigins } = settings;
  return {
    portMayMove: port === undefined,
    ...(port === undefined ? {} : { port }),
    ...(token === undefined ? {} : { token }),
    ...(seed === undefined ? {} : { seed }),
    ...(accounts === undefined ? {} : { accounts }),
    ...(stateFile === undefined ? {} : { stateFile }),
    ...(ownOrigins === undefined ? {} : { ownOrigins }),
    ...(allow === undefined ? {} : { allowPrivateAddresses: ['on', 'true', '1', 'yes'].includes(allow) }),
  };
}

const dialNames = Object.keys(dialsSchema.shape);

function readFlags(args: string[]): Record<string, string | undefined> {
  const names = ['port', 'token', 'seed', 'accounts', 'state-file', 'log-level', ...dialNames.map(flagName)];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ args, options }).values as Record<string, string | undefined>;
  } catch (fault) {
    throw new ConfigError((fault as Error).message);
  }
}

function readDials(flags: Record<string, string | undefined>): DialsPatch {
  const given = dialNames.flatMap((dial) => {
    const text = flags[flagName(dial)];
    return text === undefined ? [] : [[dial, readValue(text)]];
  });
  return parseOrThrow(dialsPatchSchema, Object.fromEntries(given)) as DialsPatch;
}

/** `0.2`, `true`, `null` as JSON has them; anything else is a word. */
function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function flagName(dial: string): string {
  return dial.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function parseOrThrow<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new ConfigError(z.prettifyError(parsed.error));
  return parsed.data;
}
