import { databaseForFile, eventually, runSql } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import { as, keyed, startApi } from './start-api.js';
import { beginUpload } from './upload.js';

const database = await databaseForFile();
const api = await startApi(database.url, keyed);

const post = (type: string, body: string | Buffer, query = '', headers: Record<string, string> = {}) =>
  api.request(`/v1/batches${query}`, {
    method: 'POST',
    headers: { 'content-type': type, ...as('anna'), ...headers },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
const rowsOf = (batchId: string) =>
  runSql(
    database.url,
    `SELECT batch_line AS line, custom_id AS "customId", human_image AS "humanImage", dress_input AS "dressInput",
       upper_input AS "upperInput", image_count AS "imageCount", metadata, priority, email
     FROM catwalk.try_on WHERE batch_id = $1 ORDER BY id`,
    [batchId],
  );
const countRows = async () =>
  (
    await runSql(
      database.url,
      `SELECT (SELECT count(*)::int FROM catwalk.batch) AS batches, (SELECT count(*)::int FROM catwalk.try_on) AS jobs,
         (SELECT count(*)::int FROM catwalk.event) AS events, (SELECT count(*)::int FROM catwalk.batch_chunk) AS chunks,
         (SELECT count(*)::int FROM catwalk.batch_invalid_line) AS invalid`,
    )
  )[0];
const picture = (name: string) => `https://pictures.example/${name}.jpg`;

describe('POST /v1/batches of a CSV', () => {
  it('stores a row per record, with its columns and delimiter, and its invalid records with their cells', async () => {
    const csv = [
      '\ufeffcustomId;humanImage;dressInput;imageCount;metadata.sku;status',
      `"a;1";${picture('p')};${picture('d')};2;S-1;failed`,
      `b;${picture('p')};;1;;`,
      `"c\n3";${picture('p')};${picture('d')};;"'=S-3";`,
    ].join('\r\n');
    const answer = await post('text/csv; charset=utf-8', csv);
    expect([answer.status, answer.body.format, answer.body.total]).toEqual([202, 'csv', 2]);
    expect(await rowsOf(answer.body.id)).toMatchObject([
      { line: 2, customId: 'a;1', imageCount: 2, metadata: { sku: 'S-1' } },
      { line: 4, customId: 'c\n3', imageCount: 1, metadata: { sku: '=S-3' } },
    ]);
    const [batch] = await runSql(
      database.url,
      `SELECT columns, delimiter, (SELECT jsonb_agg(cells) FROM catwalk.batch_invalid_line WHERE batch_id = b.id) AS cells
       FROM catwalk.batch b WHERE id = $1`,
      [answer.body.id],
    );
    expect(batch).toMatchObject({
      columns: ['customId', 'humanImage', 'dressInput', 'imageCount', 'metadata.sku'],
      delimiter: ';',
      cells: [{ customId: 'b', humanImage: picture('p'), imageCount: '1' }],
    });
  });

  it('refuses another charset by its name before it reads, telling how to save it', async () => {
    const answer = await post('text/csv; charset=windows-1252', 'x');
    expect([answer.status, answer.body.detail]).toEqual([415, expect.stringContaining('CSV UTF-8')]);
  });

  it.each([
    ['other bytes than UTF-8', Buffer.from(`é,${picture('p')},${picture('d')}\n`, 'latin1'), 'CSV UTF-8'],
    ['a quote that is not closed', Buffer.from(`"x,${picture('p')},${picture('d')}\n`), 'quote'],
  ])('with %s in the middle is refused by line, and keeps no row', async (_what, bad, said) => {
    const before = await countRows();
    const good = `k,${picture('p')},${picture('d')}\n`.repeat(2_500);
    const body = Buffer.concat([Buffer.from(`customId,humanImage,dressInput\n${good}`), bad]);
    const answer = await post('text/csv', body, '', { 'idempotency-key': 'refused' });
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
    expect(answer.body.errors[0].path).toBe('line 2502');
    expect(answer.body.detail).toContain('2502');
    expect(answer.body.detail).toContain(said);
    expect(await countRows()).toEqual(before);
  });

  it('refuses an unknown column by its name, before it reads a record', async () => {
    const before = await countRows();
    const answer = await post('text/csv', 'humanImage,dresInput\nx,y\n');
    expect(answer.body.errors).toMatchObject([{ message: 'dresInput is an unknown column' }]);
    expect(await countRows()).toEqual(before);
  });
});

describe('POST /v1/batches of JSON', () => {
  it('takes items with defaults under them, and options of the body before those of the query', async () => {
    const answer = await post(
      'application/json',
      JSON.stringify({
        priority: 'high',
        pilot: 1,
        defaults: { imageCount: 2, email: 'anna@example.com', metadata: { season: 'summer' } },
        items: [
          { humanImage: picture('p'), dressInput: picture('d'), customId: 'one' },
          {
            humanImage: picture('p'),
            upperInput: picture('u'),
            imageCount: 1,
            email: null,
            metadata: { a: 'b' },
          },
          { humanImage: picture('p') },
        ],
      }),
      '?priority=low&maxImages=5',
    );
    expect(answer.body).toMatchObject({ total: 2, pilot: 1, priority: 'high', maxImages: 5, format: 'json' });
    expect(await rowsOf(answer.body.id)).toMatchObject([
      { line: 1, customId: 'one', imageCount: 2, email: 'anna@example.com', metadata: { season: 'summer' } },
      { line: 2, imageCount: 1, email: 'anna@example.com', metadata: { a: 'b' }, priority: 0 },
    ]);
  });

  it('makes a try-on of every person with every garment', async () => {
    const answer = await post(
      'application/json',
      JSON.stringify({
        people: [{ image: picture('anna'), customId: 'anna' }, picture('ben')],
        garments: [{ dress: picture('d'), customId: 'red' }, { upper: picture('u') }],
      }),
    );
    expect(await rowsOf(answer.body.id)).toMatchObject([
      { line: 1, customId: 'anna-red', humanImage: picture('anna'), dressInput: picture('d') },
      { line: 2, humanImage: picture('anna'), upperInput: picture('u') },
      { line: 3, humanImage: picture('ben'), dressInput: picture('d') },
      { line: 4, humanImage: picture('ben'), upperInput: picture('u') },
    ]);
  });

  it('whose document ends in the middle is refused, and keeps no row', async () => {
    const before = await countRows();
    const item = JSON.stringify({ humanImage: picture('p'), dressInput: picture('d') });
    const answer = await post('application/json', `{"items":[${`${item},`.repeat(1_500)}`);
    expect([answer.status, answer.body.code]).toEqual([400, 'malformed_json']);
    expect(await countRows()).toEqual(before);
  });

  it('with other defaults under the same key is another request', async () => {
    const body = (imageCount: number) =>
      JSON.stringify({
        defaults: { imageCount },
        items: [{ humanImage: picture('p'), dressInput: picture('d') }],
      });
    const send = (imageCount: number) =>
      post('application/json', body(imageCount), '', { 'idempotency-key': 'defaults' });
    expect((await send(2)).status).toBe(202);
    expect((await send(3)).body.code).toBe('idempotency_key_reused');
    expect((await send(2)).headers.get('idempotent-replayed')).toBe('true');
  });

  it('that breaks off is no malformed document: it stays, and can be completed', async () => {
    const items = Array.from({ length: 1_500 }, (_, n) => ({
      humanImage: picture(`p${n}`),
      dressInput: picture('d'),
    }));
    const body = JSON.stringify({ items });
    const headers = { 'content-type': 'application/json', ...as('anna'), 'idempotency-key': 'cut' };
    const upload = beginUpload(`${api.url}/v1/batches`, headers);
    await upload.write(body.slice(0, -100));
    const facts = () =>
      runSql(
        database.url,
        "SELECT state, total, upload_token AS token FROM catwalk.batch WHERE idempotency_key = 'cut'",
      );
    await eventually(async () => expect(await facts()).toMatchObject([{ total: 1_000 }]));
    upload.destroy();
    await eventually(async () => expect(await facts()).toMatchObject([{ state: 'receiving', token: null }]));
    expect((await post('application/json', body, '', headers)).body.total).toBe(1_500);
  });
});
