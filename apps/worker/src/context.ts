import { type AssetHome, type AssetKeeper, createAssetKeeper } from '@catwalk/infra/assets';
import { openPictureStore, type PictureStore } from '@catwalk/infra/pictures';
import {
  type Answer,
  type Database,
  judgeJobs,
  noteAnswering,
  openDatabase,
  ownDatabase,
  type Question,
  type RememberedRooms,
  rememberRooms,
  settleInHalves,
} from '@catwalk/infra/postgres';
import {
  createGroupCommit,
  createLogger,
  createOutageLog,
  type GroupCommit,
  type Logger,
  type OutageLog,
} from '@catwalk/infra/process';
import { type Lanes, nameQueueOutage, openLanes } from '@catwalk/infra/queue';
import { createProviderClient, type ProviderClient } from '@catwalk/provider';
import { checkStart, POOL_MAX } from './check-start.js';
import type { WorkerConfig } from './config.js';

/** What the worker asks the core about a job, coalesced under load like the callbacks. */
type Judge = GroupCommit<Question<Verdict>, Verdict>;
type Verdict = Answer<unknown>['decision'];

export interface WorkerContext {
  readonly config: WorkerConfig;
  readonly logger: Logger;
  readonly db: Database;
  readonly lanes: Lanes;
  readonly provider: ProviderClient;
  /** Where copies of inputs are kept; with the provider, where it does not reach us. */
  readonly assets: AssetKeeper;
  readonly judge: Judge;
  /** Accounts for which the provider answered a submit like a working one. */
  readonly answering: GroupCommit<string, void>;
  /** Where pictures are kept. */
  readonly pictures: PictureStore;
  readonly outages: OutageLog;
  /** What open jobs wait for, for those who are told of them. */
  readonly rooms: RememberedRooms;
  /** Aborted when the worker is told to stop. */
  readonly stopping: AbortSignal;
  readonly stop: () => void;
  /** Unanswered submits in a row, as this process saw them. */
  readonly silence: { count: number };
}

/** An outcome that cannot be written waits for the database; it is asked again by its owner after this. */
const JUDGE_WAIT_MAX_MS = 30_000;
/**
 * Answers to submits come one by one: those of a moment share their statements. Only of a moment, since an outcome
 * that is not written when the worker is killed leaves its attempt unknown.
 */
const ANSWERS_REST_MS = 10;
/** They are noted together, and so come to be judged in one turn of the event loop. */
const JUDGE_REST_MS = 0;

/**
 * @throws StartRefusedError when a start-up check refuses
 * @throws DatabaseRefusedError when the database belongs to the other mode
 */
export async function contextFromConfig(
  config: WorkerConfig,
  /** `checked`: whoever starts it has made the start-up checks, for all parts at once. */
  overrides: Partial<Pick<WorkerContext, 'logger' | 'provider'>> & { readonly checked?: boolean } = {},
): Promise<WorkerContext> {
  const logger = overrides.logger ?? createLogger({ app: 'worker', level: config.logLevel });
  if (overrides.checked !== true) await checkStart(config, logger);
  const outages = createOutageLog(logger);
  const db = openDatabase({ url: config.databaseUrl, poolMax: POOL_MAX, keepsPlans: true });
  const { installId } = await ownDatabase(db, config.mode);
  const lanes = await openLanes({
    redisUrl: config.redisUrl,
    databaseUrl: config.databaseUrl,
    installId,
    onError: (error) => outages.failed(nameQueueOutage(config.redisUrl), error),
    onWorked: () => outages.worked(nameQueueOutage(config.redisUrl)),
  });
  const provider =
    overrides.provider ??
    createProviderClient({
      baseUrl: config.provider.baseUrl,
      token: config.provider.token,
      submitTimeoutMs: config.waits.submitTimeoutMs,
    });
  const pictures = openPictureStore(config.archive.place);
  const origin = config.publicWebhookUrl;
  const home: AssetHome =
    origin === null
      ? { kind: 'provider', upload: provider.uploadAsset }
      : { kind: 'own', store: pictures, origin };
  const controller = new AbortController();
  return {
    config,
    logger,
    db,
    lanes,
    provider,
    assets: createAssetKeeper(db, home, async () => null),
    pictures,
    judge: createJudge(db),
    answering: createAnswering(db),
    outages,
    rooms: rememberRooms(db),
    stopping: controller.signal,
    stop: () => controller.abort(),
    silence: { count: 0 },
  };
}

/** A question that Postgres refuses to have answered, such as a task id that another attempt owns, fails alone. */
function createJudge(db: Database): Judge {
  const group = createGroupCommit({
    restMs: JUDGE_REST_MS,
    sizeOf: () => 2_048,
    maxWaitMs: JUDGE_WAIT_MAX_MS,
    flush: (questions: Question<Verdict>[]) => settleInHalves(questions, (half) => judgeJobs(db, half)),
  });
  const submit = async (question: Question<Verdict>): Promise<Verdict> => {
    const settled = await group.submit(question);
    if (settled.status === 'rejected') throw settled.reason;
    return settled.value;
  };
  return { ...group, submit };
}

/** Nearly every submit says so: under load one write says it for many. */
function createAnswering(db: Database): GroupCommit<string, void> {
  return createGroupCommit({
    restMs: ANSWERS_REST_MS,
    sizeOf: () => 256,
    maxWaitMs: JUDGE_WAIT_MAX_MS,
    flush: async (emails: string[]) => {
      await noteAnswering(db, [...new Set(emails)]);
      return emails.map(() => undefined);
    },
  });
}
