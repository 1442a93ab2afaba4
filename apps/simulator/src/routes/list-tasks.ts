import { createHash } from 'node:crypto';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { answer } from '../answer.js';
import { chooseByQuery } from '../choose-by-query.js';
import type { SimulatorContext } from '../context.js';
import type { Dials } from '../dials.js';
import { presentOptionsOf, presentTask } from '../present-task.js';
import type { Task } from '../task.js';

const querySchema = z.object({
  contentType: z.enum(['video', 'image', 'audio']).optional(),
  pageSize: z.coerce.number().int().min(1).max(1000).default(20),
  createdBefore: z.coerce.number().int().min(0).optional(),
  createdAfter: z.coerce.number().int().min(0).optional(),
});
type ListQuery = z.output<typeof querySchema>;

/** `GET /v1/kling/tasks?email=&contentType=&pageSize=&createdBefore=|createdAfter=`: newest first. */
export function listTasks(context: SimulatorContext): RequestHandler {
  return (request, response) => {
    const dials = context.dials.current();
    if (dials.listingBroken) return answer(response, 502, { error: 'Unable to fetch tasks from upstream' });
    const choice = chooseByQuery(context, request.query);
    if ('error' in choice) return answer(response, choice.status, { error: choice.error });
    const query = parseQuery(request.query);
    if ('error' in query) return answer(response, 400, query);
    const rewriteInput = dials.listingRewritesInputs ? cdnAddress : (url: string) => url;
    const page = selectPage(context.tasks.newestFirst(choice.account.email), query, dials);
    const history = page.map((task) => presentTask(task, { ...presentOptionsOf(context), rewriteInput }));
    answer(response, 200, { history });
  };
}

function parseQuery(query: unknown): ListQuery | { error: string } {
  const parsed = querySchema.safeParse(query);
  if (!parsed.success) return { error: `Invalid ${String(parsed.error.issues[0]?.path[0])} parameter` };
  if (parsed.data.createdBefore !== undefined && parsed.data.createdAfter !== undefined) {
    return { error: 'Parameters createdBefore and createdAfter are mutually exclusive' };
  }
  return parsed.data;
}

function selectPage(newestFirst: Iterable<Task>, query: ListQuery, dials: Dials): Task[] {
  const page: Task[] = [];
  const pageMax = Math.min(query.pageSize, dials.listingPageMax ?? query.pageSize);
  const visibleSince = Date.now() - dials.taskVisibleAfterMs;
  let seen = 0;
  if (query.contentType !== undefined && query.contentType !== 'image') return page;
  for (const task of newestFirst) {
    seen += 1;
    if (page.length >= pageMax || (dials.listingTotalMax !== null && seen > dials.listingTotalMax)) break;
    if (task.acceptedAt > visibleSince) continue;
    if (query.createdBefore !== undefined && task.acceptedAt >= query.createdBefore) continue;
    if (query.createdAfter !== undefined && task.acceptedAt <= query.createdAfter) break;
    page.push(task);
  }
  return page;
}

function cdnAddress(url: string): string {
  const name = createHash('sha256').update(url).digest('hex').slice(0, 32);
  return `https://s21-kling.klingai.com/kimg/${name}.origin.jpg`;
}
