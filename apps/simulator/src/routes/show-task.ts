import type { RequestHandler } from 'express';
import { answer } from '../answer.js';
import { chooseByQuery } from '../choose-by-query.js';
import type { SimulatorContext } from '../context.js';
import { presentOptionsOf, presentTask } from '../present-task.js';

/** `GET /v1/kling/tasks/{task_id}?email=` */
export function showTask(context: SimulatorContext): RequestHandler<{ id: string }> {
  return (request, response) => {
    const { id } = request.params;
    if (!/^\d{1,19}$/.test(id)) return answer(response, 400, { error: 'Invalid task_id parameter' });
    const choice = chooseByQuery(context, request.query);
    if ('error' in choice) return answer(response, choice.status, { error: choice.error });
    const task = context.tasks.find(id);
    const hidden = task && Date.now() < task.acceptedAt + context.dials.current().taskVisibleAfterMs;
    if (!task || hidden || task.email !== choice.account.email) {
      return answer(response, 404, { error: `Task ${id} not found` });
    }
    answer(response, 200, presentTask(task, presentOptionsOf(context)));
  };
}
