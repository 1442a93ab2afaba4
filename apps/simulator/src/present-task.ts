import type { SimulatorContext } from './context.js';
import { wireInteger } from './stringify-wire.js';
import { isFinal, type Task } from './task.js';

const taskType = 'mmu_img2img_aitryon';
const scene = 'NORMAL_CREATION';
const userId = 12345;
const statusNumbers = { submitted: 5, processing: 10, succeed: 99, failed: 50 } as const;

export type PresentOptions = {
  /** Where the result pictures are served. */
  origin: string;
  /** The listing may show the CDN's addresses of the inputs instead of the client's. */
  rewriteInput?: (url: string) => string;
  /** How long the addresses of results live from now; null: for ever. */
  resultLifetimeMs: number | null;
};

/** As the dials stand. */
export function presentOptionsOf(context: SimulatorContext): PresentOptions {
  return { origin: context.origin(), resultLifetimeMs: context.dials.current().resultLifetimeMs };
}

/** The task model of `GET /tasks/{id}`, which is also the submit's answer and the callback's body. */
export function presentTask(task: Task, options: PresentOptions): Record<string, unknown> {
  const status = presentStatus(task);
  return {
    task: presentTaskRecord(task, options),
    works: presentWorks(task, options),
    ...status,
    etaTime: 0,
    etaTimeOverSla: false,
    queuingEtaTime: 0,
    originEtaTime: 0,
    originQueuingEtaTime: 0,
    message: task.message,
    limitation: { type: taskType, remaining: 10_000, limit: 10_000 },
    userPoints: { points: [], total: 0 },
    userTickets: { ticket: [] },
    editProject: null,
  };
}

/** The submit's answer as the page gave it until June 2025. */
export function presentTaskFlat(task: Task): Record<string, unknown> {
  return {
    id: wireInteger(task.id),
    created: task.acceptedAt,
    type: taskType,
    status: task.status,
    status_final: isFinal(task),
    message: task.message,
  };
}

/** A task of this simulator as a running job of the upstream scheduler. */
export function presentRunning(task: Task, now: number): Record<string, unknown> {
  const seconds = Math.max(0, Math.floor((now - task.acceptedAt) / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  return {
    id: wireInteger(task.id),
    email: task.email,
    started: new Date(task.acceptedAt).toISOString(),
    elapsed: `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`,
    ...(task.request.replyUrl === null ? {} : { replyUrl: task.request.replyUrl }),
    ...(task.request.replyRef === null ? {} : { replyRef: task.request.replyRef }),
  };
}

function presentStatus(task: Task): Record<string, unknown> {
  return {
    status: statusNumbers[task.status],
    status_name: task.status,
    status_final: isFinal(task),
  };
}

function presentTaskRecord(task: Task, options: PresentOptions): Record<string, unknown> {
  return {
    id: wireInteger(task.id),
    userId,
    type: taskType,
    scene,
    ...presentStatus(task),
    taskInfo: {
      type: taskType,
      inputs: presentInputs(task, options.rewriteInput),
      arguments: [
        { name: 'personType', value: 'Female' },
        { name: 'imageCount', value: String(task.request.imageCount) },
      ],
      extraArgs: {},
      callbackPayloads: [],
      scene,
    },
    favored: false,
    deleted: false,
    viewed: false,
    createTime: task.acceptedAt,
    updateTime: task.updatedAt,
    ...(isFinal(task) ? { viewTime: task.updatedAt } : {}),
  };
}

function presentInputs(task: Task, rewrite: (url: string) => string = (url) => url): unknown[] {
  const names = ['humanImage', 'dressInput', 'upperInput', 'lowerInput'] as const;
  return names.flatMap((name) => {
    const url = task.request[name];
    if (url === null) return [];
    const blank = { token: null, blobStorage: null };
    return [{ name, inputType: 'URL', ...blank, url: rewrite(url), cover: null, fromWorkId: null }];
  });
}

function presentWorks(task: Task, { origin, resultLifetimeMs }: PresentOptions): unknown[] {
  if (task.status !== 'succeed') return [];
  const life = resultLifetimeMs === null ? '' : `?until=${Date.now() + resultLifetimeMs}`;
  return Array.from({ length: task.plan.images }, (_, index) => {
    const workId = wireInteger(BigInt(task.id) * 10n + BigInt(index));
    const picture = {
      resource: `${origin}/results/${task.id}/${index}.png${life}`,
      height: 1024,
      width: 768,
      duration: 0,
      resourceKey: `results/${task.id}/${index}.png`,
    };
    return {
      workId,
      workItemId: workId,
      taskId: wireInteger(task.id),
      userId,
      type: taskType,
      ...presentStatus(task),
      contentType: 'image',
      resource: picture,
      cover: picture,
      starNum: 0,
      cloneCount: 0,
      createTime: task.updatedAt,
    };
  });
}
