import { createGuardedClient, type GuardedClient } from '@catwalk/infra/outbound';
import type { TryOnRequest } from '../parse-try-on-request.js';
import type { Task } from '../task.js';
import { composeTryOn, drawPlaceholder, type WornGarment } from './compose-try-on.js';
import { cutOutGarment } from './cut-out-garment.js';
import { fitPerson } from './fit-person.js';
import { type Assets, createAssets } from './keep-assets.js';
import { checkPicture, InputFault, loadInput } from './load-input.js';
import { createPictureCache, type PictureCache } from './picture-cache.js';
import { drawSample } from './sample-catalogue.js';
import { createTurnstile, type Turnstile } from './turnstile.js';

export type PictureDesk = {
  /** Fetches and decodes a task's inputs once. Resolves to the reason they cannot be used, or null. */
  prepare(task: Task): Promise<string | null>;
  result(task: Task, index: number): Promise<Buffer>;
  sample(path: string): Promise<Buffer | null>;
  asset(path: string): Promise<Buffer | null>;
  keepAsset(
    bytes: Buffer,
    type: string,
    account: string,
  ): Promise<{ path: string; fileName: string } | { error: string }>;
};

export type PictureDeskOptions = {
  origin(): string;
  stopping: AbortSignal;
  assetFolder: string | null;
  /** Whether inputs may lie in one's own network, and at which origins they always may, beside its own. */
  allowPrivateAddresses: boolean;
  ownOrigins: readonly string[];
};

const bounds = { timeoutMs: 10_000, bytesMax: 10 * 1024 * 1024, pixelsMax: 40_000_000 };
const assetSideMin = 300;
const megabyte = 1024 * 1024;

type Desk = PictureDeskOptions & {
  assets: Assets;
  inputs: PictureCache;
  results: PictureCache;
  fixed: PictureCache;
  fetching: Turnstile;
  drawing: Turnstile;
};

export function createPictureDesk(options: PictureDeskOptions): PictureDesk {
  const desk: Desk = {
    ...options,
    assets: createAssets(options.assetFolder),
    inputs: createPictureCache(64 * megabyte, 5 * 60_000),
    results: createPictureCache(96 * megabyte, 24 * 60 * 60_000),
    fixed: createPictureCache(32 * megabyte, Number.POSITIVE_INFINITY),
    fetching: createTurnstile(16),
    drawing: createTurnstile(2),
  };
  const prepared = new WeakMap<Task, Promise<string | null>>();
  return {
    prepare(task) {
      const known = prepared.get(task) ?? prepareInputs(desk, task.request);
      prepared.set(task, known);
      return known;
    },
    result: (task, index) => drawResult(desk, task, index),
    sample: (path) => findSample(desk, path),
    asset: (path) => desk.assets.find(path),
    keepAsset: (bytes, type, account) => keepAsset(desk, bytes, type, account),
  };
}

async function prepareInputs(desk: Desk, request: TryOnRequest): Promise<string | null> {
  try {
    await Promise.all([personOf(desk, request), ...garmentsOf(desk, request)]);
    return null;
  } catch (fault) {
    return fault instanceof InputFault ? fault.message : 'upload resource: image cannot be decoded';
  }
}

function personOf(desk: Desk, request: TryOnRequest): Promise<Buffer> {
  return readyInput(desk, 'person', request.humanImage, fitPerson);
}

/** Lower before upper: the top is worn over the waistband. */
function garmentsOf(desk: Desk, request: TryOnRequest): Promise<WornGarment>[] {
  const worn = [
    { kind: 'lower', url: request.lowerInput },
    { kind: 'upper', url: request.upperInput },
    { kind: 'dress', url: request.dressInput },
  ] as const;
  return worn.flatMap(({ kind, url }) => {
    if (url === null) return [];
    return [readyInput(desk, 'garment', url, cutOutGarment).then((picture) => ({ kind, picture }))];
  });
}

function readyInput(
  desk: Desk,
  role: 'person' | 'garment',
  url: string,
  makeReady: (bytes: Buffer, pixelsMax: number) => Promise<Buffer>,
): Promise<Buffer> {
  return desk.inputs.get(`${role} ${url}`, async () => {
    const bytes =
      (await findOwn(desk, url)) ??
      (await desk.fetching(() => loadInput(openClient(desk), url, bounds, desk.stopping)));
    return desk.drawing(() => makeReady(bytes, bounds.pixelsMax));
  });
}

/** Its own origin is known only once it listens. */
function openClient({ allowPrivateAddresses, ownOrigins, origin }: Desk): GuardedClient {
  return createGuardedClient({
    allowPrivate: allowPrivateAddresses,
    ownOrigins: [origin(), ...ownOrigins],
  });
}

/** What this simulator serves itself needs no request to itself. Its port may have been another before. */
async function findOwn(desk: Desk, url: string): Promise<Buffer | null> {
  const { hostname, pathname, search } = new URL(url);
  if (hostname !== new URL(desk.origin()).hostname) return null;
  const path = pathname + search;
  return (await findSample(desk, path)) ?? (await desk.assets.find(path));
}

function findSample(desk: Desk, path: string): Promise<Buffer | null> {
  const draw = drawSample(path);
  return draw === null ? Promise.resolve(null) : desk.fixed.get(path, () => desk.drawing(draw));
}

function drawResult(desk: Desk, task: Task, index: number): Promise<Buffer> {
  if (task.plan.pictures === 'placeholder') return desk.fixed.get('placeholder', drawPlaceholder);
  return desk.results.get(`${task.id}/${index}`, async () => {
    const person = await personOf(desk, task.request);
    const garments = await Promise.all(garmentsOf(desk, task.request));
    return desk.drawing(() => composeTryOn({ person, garments, index, count: task.plan.images }));
  });
}

async function keepAsset(
  desk: Desk,
  bytes: Buffer,
  type: string,
  account: string,
): Promise<{ path: string; fileName: string } | { error: string }> {
  try {
    const { width, height, format } = await checkPicture(bytes, bounds);
    if (`image/${format}` !== type) return { error: `File content does not match Content-Type ${type}` };
    if (Math.min(width, height) < assetSideMin) {
      return { error: `Image dimensions must be at least ${assetSideMin}px` };
    }
  } catch (fault) {
    if (fault instanceof InputFault) return { error: fault.message };
    throw fault;
  }
  const path = await desk.assets.keep(bytes, type, account);
  return { path, fileName: path.slice('/assets/'.length) };
}
