import { within } from '@catwalk/infra/process';
import { firstKey, type StartConfig } from './config.js';
import { leaveApiAddress } from './leave-api-address.js';
import { openLog } from './open-log.js';
import { type Home, prepareHome } from './prepare-home.js';
import { bannerLines } from './print-banner.js';
import { isReported, sampleTable, writeSamplePage } from './report-sample.js';
import { awaitSample, findSample, type SampleClient, sendSample } from './run-sample.js';
import { type Parts, type Stack, startParts } from './start-parts.js';

export interface RunOptions {
  readonly sample: boolean;
  /** End after the sample. */
  readonly once: boolean;
}

export interface StandaloneRun {
  /** Stops everything, the database last. May be called at any time, more than once. */
  stop(): Promise<void>;
  /** The exit code of a run that ended by itself; null when it goes on until it is stopped. */
  readonly ended: Promise<number | null>;
}

/** People × garments of the sample catalogue. */
const SAMPLE_SIZE = 24;
/** A part bounds its stop by itself; one that does not may not keep the others running for ever. */
const STOP_EACH_MS = 9_000;

export function runStandalone(config: StartConfig, options: RunOptions): StandaloneRun {
  const stack: Stack = [];
  const controller = new AbortController();
  let stopped: Promise<void> | undefined;
  const stop = () => {
    controller.abort();
    stopped ??= unwind(stack);
    return stopped;
  };
  const ended = run(config, options, stack, controller.signal).then(
    async (exitCode) => {
      if (exitCode !== null) await stop();
      return exitCode;
    },
    async (error: unknown) => {
      await stop();
      throw error;
    },
  );
  return { stop, ended };
}

async function run(
  config: StartConfig,
  options: RunOptions,
  stack: Stack,
  stopping: AbortSignal,
): Promise<number | null> {
  const home = prepareHome(config.home, config.mode);
  const log = openLog(home.logFile);
  stack.push(async () => log.flush());
  const parts = await startParts(config, home, log, stack);
  if (stopping.aborted) return null;
  const address = { url: parts.urls.api, mode: config.mode, keyFile: parts.adminKeyPath };
  stack.push(leaveApiAddress(home, address));
  for (const line of bannerLines(config, parts, home)) console.log(line);
  console.log('catwalk ready');
  const client = { apiUrl: parts.urls.api, key: firstKey(parts.env), stopping };
  const succeeded = await sampleIfWanted(config, options, parts, home, client);
  return options.once && !stopping.aborted ? (succeeded ? 0 : 1) : null;
}

/** The sample runs by itself until it has been reported once, on the embedded sandbox; `--once` asks for it again. */
async function sampleIfWanted(
  config: StartConfig,
  options: RunOptions,
  parts: Parts,
  home: Home,
  client: SampleClient,
): Promise<boolean> {
  const { simulator } = parts.urls;
  if (simulator === null || !options.sample) return true;
  if (!options.once && (config.databaseUrl !== null || isReported(home.sampleFolder))) return true;
  try {
    return await runSample(simulator, home, client);
  } catch (error) {
    // Everything else runs all the same, and the next start goes on with it.
    if (!client.stopping.aborted) console.error(`the sample catalogue was not finished: ${messageOf(error)}`);
    return false;
  }
}

async function runSample(simulatorUrl: string, home: Home, client: SampleClient): Promise<boolean> {
  await sendSample(client, simulatorUrl, await findSample(client));
  const sample = await awaitSample(client, SAMPLE_SIZE);
  if (sample === undefined) return false;
  for (const line of sampleTable(sample)) console.log(line);
  const page = await writeSamplePage(home.sampleFolder, simulatorUrl, sample);
  console.log(`look at the pictures: ${page}`);
  return sample.every((one) => one.status === 'succeeded');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Last first; a part that hangs or fails does not keep the others running. */
async function unwind(stack: Stack): Promise<void> {
  for (let stopPart = stack.pop(); stopPart !== undefined; stopPart = stack.pop())
    await within(STOP_EACH_MS, stopPart(), 'stopping a part').catch(() => undefined);
}
