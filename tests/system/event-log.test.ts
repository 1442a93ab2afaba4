import { createCatwalk, type Event } from '@catwalk/client';
import { eventually } from '@catwalk/testkit';
import { afterAll, expect, it } from 'vitest';
import { postTryOns, untilAllEnded } from './jobs.js';
import { startSystem } from './start-system.js';

const JOBS = 60;
const system = await startSystem({ simulator: { dials: { delayMs: 100, pictures: 'placeholder' } } });
const stopping = new AbortController();
afterAll(async () => {
  stopping.abort();
  await system.close();
});

/** A life as it may be told: a callback may be quicker than the answer to the submit. */
const LIFE = /^queued submitted (processing )?succeeded$/;

it('a follower is told the whole life of every job, in its order, and a page by page reader the same', async () => {
  const { events } = createCatwalk({ baseUrl: system.urls.api });
  const seen: Event[] = [];
  const following = (async () => {
    for await (const event of events.follow({ after: 0, signal: stopping.signal })) seen.push(event);
  })();
  following.catch(() => undefined);
  const ids = await postTryOns(system, JOBS);
  await untilAllEnded(system, system.databaseUrl, { timeoutMs: 25_000 });
  const ends = () => seen.filter(({ type }) => type === 'try_on.succeeded');
  await eventually(() => expect(ends()).toHaveLength(JOBS));
  for (const id of ids) {
    const own = seen.filter(({ tryOnId }) => tryOnId === id);
    expect(own.map(({ type }) => type.replace('try_on.', '')).join(' ')).toMatch(LIFE);
    expect(own.at(-1)?.data).toMatchObject({ id, status: 'succeeded', images: [{ index: 0 }] });
  }
  const positions = seen.map(({ position }) => position);
  expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b));
  const listed: string[] = [];
  for await (const { id } of events.list({ limit: 50 })) listed.push(id);
  expect(listed).toEqual(seen.map(({ id }) => id));
});
