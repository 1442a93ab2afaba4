import { join } from 'node:path';
import type { Backend, Fault } from './rig/fault.js';
import type { Ground } from './rig/start-ground.js';
import { startRig } from './rig/start-rig.js';
import { recordLife } from './rows/crash-worker.js';

const fault: Fault = {
  name: 'the life of a job',
  backends: ['redis', 'postgres'],
  jobs: { quick: 0, full: 0 },
  dials: { delayMs: 600 },
  endWithinS: 60,
};

/** The named operations of a worker while it carries a few jobs from their queue to their end. */
export async function recordOperations(
  ground: Ground,
  backend: Backend,
  folder: string,
  lives = 1,
): Promise<string[]> {
  const place = { ground, folder: join(folder, `life-${backend}`) };
  const rig = await startRig(fault, { backend, quick: true, seed: 'life', doorsTogether: true }, place);
  try {
    const names = new Set<string>();
    for (let life = 0; life < lives; life += 1)
      for (const name of await recordLife(rig, place.folder)) names.add(name);
    return [...names];
  } finally {
    await rig.close();
  }
}
