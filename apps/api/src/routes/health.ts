import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { unavailable } from '../problem-error.js';

/** `GET /healthz`: the process lives. */
export function getHealth(): RequestHandler {
  return (_request, response) => answerJson(response, 200, { status: 'ok' });
}

const ANSWER_BOUND_MS = 2_000;

/** `GET /readyz`: Postgres answers. A silent queue is told, and changes nothing: rows are carried later. */
export function getReadiness(api: Api): RequestHandler {
  const { database, carrier } = api.context;
  return async (_request, response) => {
    const [postgres, queue] = await Promise.all([answers(database.ping()), answers(carrier.ping())]);
    if (!postgres) throw unavailable('Postgres does not answer');
    answerJson(response, 200, { status: 'ok', postgres: 'up', queue: queue ? 'up' : 'down' });
  };
}

async function answers(ping: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ANSWER_BOUND_MS, false);
  });
  const answered = ping.then(
    () => true,
    () => false,
  );
  return Promise.race([answered, bound]).finally(() => clearTimeout(timer));
}
