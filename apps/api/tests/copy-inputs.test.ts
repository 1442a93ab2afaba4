import { COPY_LANE } from '@catwalk/infra/postgres';
import { databaseForFile } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import { garment, startApi } from './start-api.js';

const database = await databaseForFile();
const api = await startApi(database.url);
const lanesOf = async (batchId: string) =>
  (await api.database.prisma.tryOn.findMany({ where: { batchId }, orderBy: { batchLine: 'asc' } })).map(
    ({ lane, copyInputs }) => [lane, copyInputs],
  );
const COPIED = [COPY_LANE, true];

describe('copyInputs', () => {
  it('keeps a try-on from being carried, and says what it waits for', async () => {
    const { status, body } = await api.post('/v1/try-ons', { ...garment, copyInputs: true });
    expect([status, body.copyInputs, body.waitingFor]).toEqual([
      202,
      true,
      {
        code: 'input_check',
        since: expect.any(String),
        until: null,
        detail: 'Its input images are being copied (copyInputs); it is submitted when they are',
      },
    ]);
    const again = await api.request(`/v1/try-ons/${body.id}`);
    expect(again.body.waitingFor.code).toBe('input_check');
    const row = await api.database.prisma.tryOn.findUniqueOrThrow({ where: { id: body.id } });
    expect(row.lane).toBe(COPY_LANE);
  });

  it('is not asked for unless it is said', async () => {
    const { body } = await api.post('/v1/try-ons', { ...garment, copyInputs: null });
    expect(body.copyInputs).toBe(false);
    expect((await api.post('/v1/try-ons', { ...garment, copyInputs: 'yes' })).body.errors).toEqual([
      { path: 'copyInputs', message: 'must be true or false' },
    ]);
  });

  it('makes another request of it: an idempotency key tells the two apart', async () => {
    const key = { 'idempotency-key': 'copied' };
    expect((await api.post('/v1/try-ons', { ...garment, copyInputs: true }, key)).status).toBe(202);
    expect((await api.post('/v1/try-ons', { ...garment, copyInputs: true }, key)).status).toBe(202);
    expect((await api.post('/v1/try-ons', { ...garment }, key)).body.code).toBe('idempotency_key_reused');
  });

  it('holds for the lines of a batch that do not say otherwise, in each of its formats', async () => {
    const { humanImage, dressInput } = garment;
    const ndjson = [garment, { ...garment, copyInputs: false }]
      .map((one) => `${JSON.stringify(one)}\n`)
      .join('');
    const send = (body: string, type: string, query = '') =>
      api.post(`/v1/batches${query}`, body, { 'content-type': type });
    const inQuery = await send(ndjson, 'application/x-ndjson', '?copyInputs=true');
    expect(await lanesOf(inQuery.body.id)).toEqual([COPIED, ['*', false]]);
    const csv = `humanImage,dressInput,copyInputs\n${humanImage},${dressInput},TRUE\n${humanImage},${dressInput},\n`;
    expect(await lanesOf((await send(csv, 'text/csv')).body.id)).toEqual([COPIED, ['*', false]]);
    const wrong = await send(csv.replace('TRUE', 'perhaps'), 'text/csv');
    expect(wrong.body.invalidLines.first[0].errors).toEqual([
      { path: 'copyInputs', message: 'must be true or false' },
    ]);
    const json = { copyInputs: true, people: [humanImage], garments: [{ dress: dressInput }] };
    const made = await api.post('/v1/batches', json);
    expect(await lanesOf(made.body.id)).toEqual([COPIED]);
    expect((await api.request(`/v1/batches/${made.body.id}`)).body.waiting).toEqual({ input_check: 1 });
    const defaults = await api.post('/v1/batches', { defaults: { copyInputs: true }, items: [garment] });
    expect(await lanesOf(defaults.body.id)).toEqual([COPIED]);
  });

  it('is one of the options that an upload must be repeated with', async () => {
    const key = { 'idempotency-key': 'batch' };
    const items = [garment];
    expect((await api.post('/v1/batches', { items }, key)).status).toBe(202);
    expect((await api.post('/v1/batches', { copyInputs: true, items }, key)).status).toBe(409);
  });
});
