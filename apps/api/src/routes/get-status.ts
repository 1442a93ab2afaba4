import type { Status } from '@catwalk/contract';
import {
  countByStatus,
  type Database,
  listSlots,
  readAccountRooms,
  readCallbackHealth,
  readPause,
  readProviderOutage,
} from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import { answersInTime } from '../answers-in-time.js';
import type { Api } from '../app.js';
import { viewerOf } from '../find-visible.js';
import {
  presentAccountStatus,
  presentCallbacks,
  presentPauseState,
  presentProvider,
} from '../present-status.js';
import { refuseQuery } from '../read-query.js';
import { readVersion } from '../read-version.js';
import { callerOf } from '../request-state.js';

/** `GET /v1/status` */
export function getStatus(api: Api): RequestHandler {
  const { config, database, carrier } = api.context;
  const version = readVersion();
  const backend = config.redisUrl === undefined ? 'postgres' : 'redis';
  return async (request, response) => {
    refuseQuery(request.url);
    const caller = callerOf(response);
    const [isUp, tryOns, accounts, outage, health, pause] = await Promise.all([
      answersInTime(carrier.ping()),
      countByStatus(database, viewerOf(caller)),
      caller.admin ? readAccounts(database) : null,
      readProviderOutage(database),
      readCallbackHealth(database),
      readPause(database),
    ]);
    const status: Status = {
      object: 'status',
      mode: config.mode,
      livemode: config.mode === 'live',
      version,
      queue: { backend, state: isUp ? 'up' : 'down' },
      tryOns,
      paused: presentPauseState(pause).paused,
      accounts,
      provider: presentProvider(outage),
      callbacks: presentCallbacks(health),
    };
    answerJson(response, 200, status);
  };
}

async function readAccounts(database: Database): Promise<Status['accounts']> {
  const [slots, { accounts }] = await Promise.all([listSlots(database.prisma), readAccountRooms(database)]);
  const pauses = new Map(accounts.map((account) => [account.email, account.paused]));
  return slots.map((account) => presentAccountStatus(account, pauses.get(account.email) ?? null));
}
