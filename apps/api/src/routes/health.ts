import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import { answersInTime } from '../answers-in-time.js';
import type { Api } from '../app.js';
import { unavailable } from '../problem-error.js';

/** `GET /healthz`: the process lives. */
export function getHealth(): RequestHandler {
  return (_request, response) => answerJson(response, 200, { status: 'ok' });
}

/** `GET /readyz`: Postgres answers. A silent queue is told, and changes nothing: rows are carried later. */
export function getReadiness(api: Api): RequestHandler {
  const { database, carrier } = api.context;
  return async (_request, response) => {
    const [postgres, queue] = await Promise.all([
      answersInTime(database.ping()),
      answersInTime(carrier.ping()),
    ]);
    if (!postgres) throw unavailable('Postgres does not answer');
    answerJson(response, 200, { status: 'ok', postgres: 'up', queue: queue ? 'up' : 'down' });
  };
}
