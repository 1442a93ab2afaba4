import { DROP_IN_STATUSES, type DropInStatus, type DropInTask, type DropInWork } from '@catwalk/contract';
import type { AccountRooms, TryOnRow } from '@catwalk/infra/postgres';
import { addressToUse } from './present-images.js';

const TYPE = 'mmu_img2img_aitryon';
const SCENE = 'NORMAL_CREATION';

/** The row in the provider's task model, every field of its example present. */
export function presentDropInTask(row: TryOnRow, rooms: AccountRooms): DropInTask {
  const status = statusOf(row);
  const id = Number(row.number);
  return {
    task: {
      id,
      userId: 0,
      type: TYPE,
      scene: SCENE,
      ...status,
      taskInfo: taskInfoOf(row),
      favored: false,
      deleted: false,
      viewed: false,
      createTime: row.createdAt.getTime(),
      updateTime: row.updatedAt.getTime(),
    },
    works: row.status === 'succeeded' ? worksOf(id, row, rooms, status) : [],
    ...status,
    message: messageOf(row),
    limitation: { type: TYPE, remaining: 10_000, limit: 10_000 },
    userPoints: { points: [], total: 0 },
    userTickets: { ticket: [] },
    editProject: null,
  };
}

type Status = Pick<DropInTask, 'status' | 'status_name' | 'status_final'>;

function statusOf(row: TryOnRow): Status {
  const name = STATUS_NAMES[row.status];
  return {
    status: DROP_IN_STATUSES[name],
    status_name: name,
    status_final: name === 'succeed' || name === 'failed',
  };
}

/** Until the provider has it for certain, a client of the provider would see it submitted. */
const STATUS_NAMES: Record<TryOnRow['status'], DropInStatus> = {
  queued: 'submitted',
  submitting: 'submitted',
  unconfirmed: 'submitted',
  processing: 'processing',
  succeeded: 'succeed',
  failed: 'failed',
  canceled: 'failed',
};

function messageOf(row: TryOnRow): string {
  if (row.status === 'canceled') return 'canceled';
  if (row.status === 'succeeded') return 'success';
  return row.status === 'failed' ? (row.error?.providerMessage ?? row.error?.message ?? 'failed') : '';
}

function taskInfoOf(row: TryOnRow): DropInTask['task']['taskInfo'] {
  const { humanImage, dressInput, upperInput, lowerInput } = row;
  const inputs = Object.entries({ humanImage, dressInput, upperInput, lowerInput });
  return {
    type: TYPE,
    inputs: inputs.flatMap(([name, url]) => (url === null || url === '' ? [] : [inputOf(name, url)])),
    arguments: [{ name: 'imageCount', value: String(row.imageCount) }],
    extraArgs: {},
    callbackPayloads: [],
    scene: SCENE,
  };
}

function inputOf(name: string, url: string): DropInTask['task']['taskInfo']['inputs'][number] {
  return { name, inputType: 'URL', token: null, blobStorage: null, url, cover: null, fromWorkId: null };
}

function worksOf(taskId: number, row: TryOnRow, { links }: AccountRooms, status: Status): DropInWork[] {
  return row.images.map((image, n) =>
    workOf(taskId, { ...image, url: addressToUse(row, n, links) ?? image.url }, n, status),
  );
}

function workOf(
  taskId: number,
  image: TryOnRow['images'][number],
  index: number,
  status: Status,
): DropInWork {
  const picture = { resource: image.url, width: image.width, height: image.height };
  return {
    workId: taskId * 10 + index,
    taskId,
    userId: 0,
    type: TYPE,
    ...status,
    contentType: 'image',
    resource: picture,
    cover: picture,
  };
}
