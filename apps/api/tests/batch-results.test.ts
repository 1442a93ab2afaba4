import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { type BatchResult, batchResultSchema } from '@catwalk/contract';
import {
  databaseForFile,
  endInBatch,
  eventually,
  runSql,
  seedBatchRows,
  seedInvalidLines,
} from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import { foldAll } from './fold-all.js';
import { as, keyed, startApi } from './start-api.js';

const database = await databaseForFile();
const api = await startApi(database.url, keyed);

const get = (id: string, query = '', name: Parameters<typeof as>[0] = 'anna') =>
  fetch(`${api.url}/v1/batches/${id}/results${query}`, { headers: as(name) });
const read = async (id: string, query = ''): Promise<BatchResult[]> => {
  const response = await get(id, query);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
  return parse(await response.text());
};
const parse = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => batchResultSchema.parse(JSON.parse(line)));
const readCsv = async (id: string, query = '') => {
  const response = await get(id, `?format=csv${query}`);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
  return { text: await response.text(), name: response.headers.get('content-disposition') };
};
const end = async (jobIds: readonly string[], how?: Parameters<typeof endInBatch>[2]): Promise<void> => {
  await endInBatch(database.url, jobIds, how);
  await foldAll(api.database);
};
const rejected = { status: 'failed', code: 'content_rejected' } as const;

describe('results', () => {
  it('are each told once, in the order in which they ended, over many pages', async () => {
    const { id, jobIds } = await seedBatchRows(database.url, { lines: 1_600 });
    await end(jobIds.slice(1_000));
    await end(jobIds.slice(0, 500), rejected);
    await end(jobIds.slice(500, 1_000), { status: 'canceled' });
    const results = await read(id);
    expect(results.map((result) => result.id)).toEqual([
      ...jobIds.slice(1_000),
      ...jobIds.slice(0, 500),
      ...jobIds.slice(500, 1_000),
    ]);
    expect(results[0]).toMatchObject({
      line: 1_001,
      customId: 'look-1001',
      status: 'succeeded',
      images: [{ index: 0, url: 'https://cdn.example/result.png' }],
      error: null,
    });
    expect(results[600]).toMatchObject({
      status: 'failed',
      images: [],
      error: { code: 'content_rejected', retryable: false, providerMessage: 'nsfw' },
    });
  });

  it('of some statuses are those alone, however they lie among the others', async () => {
    const { id, jobIds } = await seedBatchRows(database.url, { lines: 1_300 });
    await end(jobIds.slice(0, 600));
    await end([jobIds[600] ?? ''], rejected);
    await end(jobIds.slice(601, 1_298));
    await end([jobIds[1_298] ?? ''], { status: 'canceled' });
    const lines = async (status: string) => (await read(id, `?status=${status}`)).map(({ line }) => line);
    expect(await lines('failed')).toEqual([601]);
    expect(await lines('failed,canceled')).toEqual([601, 1_299]);
    expect(await lines('succeeded')).toHaveLength(1_297);
  });

  it('go on after a position, and miss nothing that ends meanwhile or ends again', async () => {
    const { id, jobIds } = await seedBatchRows(database.url, { lines: 9 });
    await end(jobIds.slice(0, 3), rejected);
    const first = await read(id);
    const after = first.at(-1)?.position;
    expect(await read(id, `?after=${after}`)).toEqual([]);
    await runSql(database.url, `UPDATE catwalk.try_on SET status = 'queued' WHERE id = $1`, [jobIds[0]]);
    expect((await read(id)).map(({ line }) => line)).toEqual([2, 3]);
    await end([...jobIds.slice(3, 5), jobIds[0] ?? '']);
    expect((await read(id, `?after=${after}`)).map(({ line }) => line).sort()).toEqual([1, 4, 5]);
    expect((await read(id)).map(({ line }) => line).slice(0, 2)).toEqual([2, 3]);
  });

  it('that end while they are read come too, and none comes twice', async () => {
    const { id, jobIds } = await seedBatchRows(database.url, { lines: 4_000 });
    await end(jobIds.slice(0, 2_000));
    const { response, text } = await slowly(id);
    for (let n = 2_000; n < 4_000; n += 500) await end(jobIds.slice(n, n + 500));
    response.resume();
    const results = parse(await text);
    expect(results.slice(0, 2_000).map((result) => result.id)).toEqual(jobIds.slice(0, 2_000));
    expect(new Set(results.map((result) => result.id)).size).toBe(results.length);
  });

  it('are made no more when the client goes away, and nobody is alarmed', async () => {
    const { id, jobIds } = await seedBatchRows(database.url, { lines: 20_000 });
    await end(jobIds);
    const { request, response } = await slowly(id);
    const before = api.lines.length;
    response.destroy();
    request.destroy();
    await eventually(() => expect(api.lines.length).toBeGreaterThan(before));
    expect(JSON.parse(api.lines.at(-1) ?? '')).toMatchObject({ msg: 'request.finished', aborted: true });
    expect(api.lines.some((line) => line.includes('results.cut'))).toBe(false);
  });

  it('that cannot be read to their end break the connection off, so that a cut file is noticed', async () => {
    const { id, jobIds } = await seedBatchRows(database.url, { lines: 20_000 });
    await end(jobIds);
    const { response, text } = await slowly(id);
    await runSql(database.url, 'ALTER TABLE catwalk.batch_result RENAME TO hidden');
    response.resume();
    await expect(text).rejects.toThrow();
    await runSql(database.url, 'ALTER TABLE catwalk.hidden RENAME TO batch_result');
    await eventually(() => expect(api.lines.some((line) => line.includes('results.cut'))).toBe(true));
  });

  it('of another client’s batch are unknown', async () => {
    const { id } = await seedBatchRows(database.url);
    expect((await get(id, '', 'ben')).status).toBe(404);
    expect((await get(id, '', 'admin')).status).toBe(200);
  });

  it.each(['?format=xml', '?status=queued', '?status=', '?after=-1', '?after=x', '?limit=1'])(
    'refuse %s by name',
    async (query) => {
      const { id } = await seedBatchRows(database.url);
      expect((await get(id, query)).status).toBe(400);
    },
  );
});

/** Asks for results, and reads nothing of them until `response.resume()`. */
async function slowly(
  id: string,
): Promise<{ request: ReturnType<typeof httpRequest>; response: IncomingMessage; text: Promise<string> }> {
  const request = httpRequest(`${api.url}/v1/batches/${id}/results`, { headers: as('anna') });
  request.on('error', () => undefined);
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const text = new Promise<string>((resolve, reject) => {
    const pieces: Buffer[] = [];
    response.on('data', (piece: Buffer) => pieces.push(piece));
    response.on('end', () => resolve(Buffer.concat(pieces).toString()));
    response.on('error', reject);
  });
  text.catch(() => undefined);
  response.pause();
  return { request, response, text };
}

describe('results as CSV', () => {
  const columns = ['customId', 'humanImage', 'dressInput', 'imageCount', 'metadata.sku', 'errorCode'];

  it('have the columns of the input, then what came of each line', async () => {
    const { id, jobIds } = await seedBatchRows(database.url, {
      lines: 2,
      columns: { format: 'csv', columns: JSON.stringify(columns), delimiter: ';' },
    });
    await runSql(database.url, `UPDATE catwalk.try_on SET metadata = '{"sku":"=1;2"}' WHERE id = $1`, [
      jobIds[0],
    ]);
    await end(jobIds.slice(0, 1));
    await end(jobIds.slice(1), rejected);
    const { text, name } = await readCsv(id);
    expect(text).toBe(
      [
        'customId;humanImage;dressInput;imageCount;metadata.sku;tryOnId;status;images;errorCode;errorMessage',
        `look-1;https://pictures.example/1;https://pictures.example/dress.jpg;1;"'=1;2";${jobIds[0]};succeeded;https://cdn.example/result.png;;`,
        `look-2;https://pictures.example/2;https://pictures.example/dress.jpg;1;;${jobIds[1]};failed;;content_rejected;It failed: nsfw`,
        '',
      ].join('\r\n'),
    );
    expect(name).toBe(`attachment; filename="${id}-results.csv"`);
  });

  it('of failures are the input again, with the reasons, and with the lines that were no try-ons', async () => {
    const { id, jobIds } = await seedBatchRows(database.url, {
      lines: 3,
      columns: { format: 'csv', columns: JSON.stringify(columns), delimiter: ',', invalid: 700 },
    });
    const cells = { customId: '-7', humanImage: 'https://a/"q"', dressInput: '', imageCount: '9' };
    await seedInvalidLines(database.url, id, 700, cells);
    await end(jobIds.slice(0, 2));
    await end(jobIds.slice(2), rejected);
    const lines = (await readCsv(id, '&status=failed')).text.split('\r\n');
    expect(lines.slice(0, 3)).toEqual([
      'customId,humanImage,dressInput,imageCount,metadata.sku,errorCode,errorMessage',
      'look-3,https://pictures.example/3,https://pictures.example/dress.jpg,1,,content_rejected,It failed: nsfw',
      `'-7,"https://a/""q""",,9,,invalid_line,line 1001: imageCount is wrong`,
    ]);
    expect(lines).toHaveLength(1 + 1 + 700 + 1);
  });

  it('of failures end with how many invalid lines are missing, where not all were kept', async () => {
    const { id } = await seedBatchRows(database.url, {
      lines: 1,
      columns: { format: 'csv', columns: JSON.stringify(columns), delimiter: ',', invalid: 12 },
    });
    await seedInvalidLines(database.url, id, 5);
    const lines = (await readCsv(id, '&status=failed')).text.split('\r\n');
    expect(lines).toHaveLength(1 + 5 + 1 + 1);
    expect(lines.at(-2)).toMatch(/^,,,,,invalid_line,7 more invalid lines are not kept/);
  });

  it('of an input without columns have all fields, and its labels', async () => {
    const { id, jobIds } = await seedBatchRows(database.url, { lines: 2 });
    await runSql(database.url, `UPDATE catwalk.try_on SET metadata = '{"sku":"D-1"}' WHERE id = $1`, [
      jobIds[1],
    ]);
    await end(jobIds);
    const [header, first, second] = (await readCsv(id)).text.split('\r\n');
    expect(header).toBe(
      'customId,humanImage,dressInput,upperInput,lowerInput,imageCount,email,maxJobs,replyUrl,replyRef,priority,expiresAt,copyInputs,metadata.sku,tryOnId,status,images,errorCode,errorMessage',
    );
    expect(first).toContain(',normal,,,,try_');
    expect(second).toContain(',normal,,,D-1,try_');
  });

  it('are refused where an input without columns has more labels than a sheet can show', async () => {
    const { id, jobIds } = await seedBatchRows(database.url, { lines: 201 });
    await runSql(
      database.url,
      `UPDATE catwalk.try_on SET metadata = jsonb_build_object('label' || batch_line, 'x') WHERE batch_id = $1`,
      [id],
    );
    await end(jobIds);
    expect((await get(id, '?format=csv')).status).toBe(400);
    expect((await read(id)).length).toBe(201);
  });
});
