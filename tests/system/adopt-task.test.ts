import { eventually } from '@catwalk/testkit';
import { afterAll, expect, it } from 'vitest';
import { expectBilledOnce } from './expect-bill.js';
import { tryOnNumber } from './jobs.js';
import { type System, startSystem } from './start-system.js';

let system: System | undefined;
afterAll(() => system?.close());

it('a task whose answer, callback and traces are lost brings its images once a person has named it, billed once', {
  timeout: 60_000,
}, async () => {
  system = await startSystem({
    simulator: {
      seed: 'adopted',
      dials: {
        delayMs: 100,
        pictures: 'placeholder',
        lostAnswerRate: 1,
        lostCallbackRate: 1,
        schedulerBroken: true,
        listingRewritesInputs: true,
      },
    },
    env: { JOB_DEADLINE_MS: '60000' },
  });
  const { get, post, simulator } = system;
  const { id } = (await post('/v1/try-ons', tryOnNumber(1))).body;
  const lost = await eventually(async () => {
    const { body } = await get(`/v1/try-ons/${id}`);
    expect(body).toMatchObject({ status: 'unconfirmed', providerTaskId: null });
    return body;
  });

  const providerTaskId = await findTask(system, lost.account);
  const adopted = await post(`/v1/try-ons/${id}/adopt`, { providerTaskId });
  expect(adopted).toMatchObject({ status: 200, body: { status: 'processing', providerTaskId } });

  await eventually(async () => {
    const { body } = await get(`/v1/try-ons/${id}`);
    expect(body).toMatchObject({ status: 'succeeded', attempts: 1, images: [{ index: 0 }] });
  });
  const kinds = (await get(`/v1/try-ons/${id}/timeline`)).body.data.map(
    (entry: { kind: string }) => entry.kind,
  );
  expect(kinds.indexOf('try_on.adopted')).toBeGreaterThan(kinds.indexOf('try_on.unconfirmed'));
  expectBilledOnce(simulator.bill());
  expect(simulator.bill().accepted).toBe(1);
});

/** What the person does: looks at the account's tasks at the provider. */
async function findTask({ urls }: System, account: string): Promise<string> {
  const response = await fetch(`${urls.simulator}/v1/kling/tasks?email=${encodeURIComponent(account)}`, {
    headers: { authorization: 'Bearer sandbox' },
  });
  const text = await response.text();
  const found = /"id":\s*"?(\d+)/.exec(text)?.[1];
  if (found === undefined) throw new Error(`the provider lists no task: ${text}`);
  return found;
}
