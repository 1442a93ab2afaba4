import { configFromEnv as apiConfig } from '@catwalk/api';
import { type Mode, type NamedKey, SettingsError } from '@catwalk/infra/process';
import { configFromEnv as webhookConfig } from '@catwalk/webhook';
import { configFromEnv as workerConfig } from '@catwalk/worker';
import { judgePorts } from './judge-ports.js';

export type Env = Readonly<Record<string, string | undefined>>;

/** What the start itself needs to know; each app reads its own settings from `env`. */
export interface StartConfig {
  readonly mode: Mode;
  readonly home: string;
  /** Null: the embedded server. */
  readonly databaseUrl: string | null;
  /** The sandbox brings its own provider unless another one is named. */
  readonly simulate: boolean;
  readonly env: Env;
}

/**
 * What `npm start` makes of the environment: `live` with a token, else `sandbox`.
 *
 * @throws SettingsError with every problem of every part, before anything is started
 */
export function configFromEnv(env: Env): StartConfig {
  const mode = modeOf(env);
  const home = set(env.CATWALK_HOME) ?? '.catwalk';
  // Also tells of a mode that is none, together with everything else.
  checkAll({ ...env, MODE: mode });
  return {
    mode,
    home,
    databaseUrl: set(env.DATABASE_URL) ?? null,
    simulate: mode === 'sandbox' && set(env.USEAPI_BASE_URL) === undefined,
    // A real token has no business with the simulator.
    env: { ...env, MODE: mode, ...(mode === 'sandbox' ? { USEAPI_TOKEN: undefined } : {}) },
  };
}

function modeOf(env: Env): Mode {
  return (
    (set(env.MODE)?.trim() as Mode | undefined) ?? (set(env.USEAPI_TOKEN) === undefined ? 'sandbox' : 'live')
  );
}

/** Settings that the start fills in by itself are checked as if they were there. */
const FILLED_IN = {
  DATABASE_URL: 'postgresql://127.0.0.1/catwalk',
  CALLBACK_SECRET: 'x'.repeat(32),
  ADMIN_KEYS: `admin:${'x'.repeat(32)}`,
};

function checkAll(env: Env): void {
  const filled: Record<string, string | undefined> = { ...env };
  const keys = set(env.API_KEYS) ?? set(env.ADMIN_KEYS);
  for (const [name, value] of Object.entries(FILLED_IN))
    if (
      set(env[name]) === undefined &&
      (name !== 'ADMIN_KEYS' || (keys === undefined && env.MODE === 'live'))
    )
      filled[name] = value;
  const problems = [apiConfig, webhookConfig, workerConfig].flatMap((parse) =>
    problemsOf(() => parse(filled)),
  );
  problems.push(...judgePorts(env));
  const distinct = new Map(problems.map((problem) => [`${problem.name}: ${problem.rule}`, problem]));
  if (distinct.size > 0) throw new SettingsError([...distinct.values()]);
}

function problemsOf(parse: () => unknown): SettingsError['problems'] {
  try {
    parse();
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

/** An empty value counts as unset. */
export function set(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value;
}

/** A key that may use the API, for the sample; null where none is asked for. */
export function firstKey(env: Env): string | null {
  const { adminKeys, apiKeys }: { adminKeys: readonly NamedKey[]; apiKeys: readonly NamedKey[] } =
    apiConfig(env);
  return (adminKeys[0] ?? apiKeys[0])?.key ?? null;
}
