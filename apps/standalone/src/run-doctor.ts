import { type CheckResult, explainStartFailure, SettingsError } from '@catwalk/infra/process';
import * as worker from '@catwalk/worker';
import { checkCallbacks } from './check-callbacks.js';
import { checkServers } from './check-servers.js';
import { configFromEnv, type Env, type StartConfig } from './config.js';
import { type CheckedDatabase, openDatabaseToCheck } from './open-database-to-check.js';
import { prepareHome } from './prepare-home.js';
import { fillIn } from './start-parts.js';

export interface DoctorOptions {
  /** Also what matters before money is spent. */
  readonly live: boolean;
}

/** Everything that a start would check, and the settings it would start with, where they are sound. */
export interface Diagnosis {
  readonly results: readonly CheckResult[];
  readonly env: Env | null;
}

/** Checks what `npm start` with the same settings would check, without starting it. */
export async function runDoctor(env: Env, options: DoctorOptions): Promise<Diagnosis> {
  const settings = readSettings(env, options);
  if (!settings.ok) return { results: settings.results, env: null };
  const { config } = settings;
  const said = `${config.mode} mode`;
  const sound: CheckResult = { check: 'settings', severity: 'ok', code: 'settings', message: said };
  const checked = await checkAll(config, options);
  return { results: [sound, ...checked.results], env: checked.env };
}

type Settings =
  | { readonly ok: true; readonly config: StartConfig }
  | { readonly ok: false; readonly results: readonly CheckResult[] };

function readSettings(env: Env, options: DoctorOptions): Settings {
  try {
    const config = configFromEnv(env);
    if (!options.live || config.mode === 'live') return { ok: true, config };
    const rule = '--live needs a token, and MODE unset or live';
    return { ok: false, results: [refusal('settings', `USEAPI_TOKEN: ${rule}`)] };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const rules = error.problems.map(({ name, rule }) => refusal('settings', `${name}: ${rule}`));
    return { ok: false, results: rules };
  }
}

async function checkAll(config: StartConfig, options: DoctorOptions): Promise<Diagnosis> {
  const results: CheckResult[] = [];
  let database: CheckedDatabase | undefined;
  let env: Env | null = null;
  try {
    const home = prepareHome(config.home, config.mode);
    database = await openDatabaseToCheck(config, home);
    env = fillIn(config, home, database.url).env;
    results.push(...(await checkServers(env)));
    // A database that may not be used is not looked into.
    if (results.some((result) => result.severity === 'refuse')) return { results, env };
    results.push(...(await checkProvider(config, env, options)), ...(await checkWebhook(env, options)));
  } catch (error) {
    results.push(refusal('start', explainStartFailure('catwalk', error)));
  } finally {
    await database?.close();
  }
  return { results, env };
}

function checkProvider(config: StartConfig, env: Env, options: DoctorOptions): Promise<CheckResult[]> {
  if (!config.simulate) return worker.diagnose(worker.configFromEnv(env), options);
  const message = 'the bundled simulator, which npm start brings';
  return Promise.resolve([{ check: 'provider', severity: 'ok', code: 'provider', message }]);
}

async function checkWebhook(env: Env, options: DoctorOptions): Promise<CheckResult[]> {
  return options.live ? [await checkCallbacks(worker.configFromEnv(env).publicWebhookUrl)] : [];
}

function refusal(check: string, message: string): CheckResult {
  return { check, severity: 'refuse', code: check, message };
}
