import { databaseForFile, endInBatch, runSql } from '@catwalk/testkit';
import { expect, it } from 'vitest';
import { foldAll } from './fold-all.js';
import { as, keyed, startApi } from './start-api.js';

const database = await databaseForFile();
const api = await startApi(database.url, keyed);

const send = async (csv: string) => {
  const { status, body } = await api.request('/v1/batches', {
    method: 'POST',
    headers: { ...as('anna'), 'content-type': 'text/csv' },
    body: csv,
  });
  expect([status, body]).toMatchObject([202, { object: 'batch' }]);
  return body;
};
const rowsOf = (id: string) =>
  runSql(
    database.url,
    `SELECT id, custom_id, human_image, dress_input, upper_input, image_count, priority, metadata
     FROM catwalk.try_on WHERE batch_id = $1 ORDER BY id`,
    [id],
  );
const failuresOf = async (id: string) => {
  const address = `${api.url}/v1/batches/${id}/results?format=csv&status=failed`;
  return (await fetch(address, { headers: as('anna') })).text();
};
const without = ({ id: _, ...row }: Record<string, unknown>) => row;

it.each([',', ';'])('the file of failures, mended, is an input again (%s)', async (delimiter) => {
  const cells = [
    [
      'customId',
      'humanImage',
      'dressInput',
      'upperInput',
      'imageCount',
      'priority',
      'metadata.note',
      'metadata.b',
    ],
    ['=1+1', 'https://pictures.example/1', 'https://pictures.example/d,1', '', '2', 'high', `'=2`, '-5'],
    [
      'a"b',
      'https://pictures.example/2',
      '',
      'https://pictures.example/u;2',
      '',
      '',
      '"two\r\nlines; of, it"',
      '@x',
    ],
    ['c', 'https://pictures.example/3', 'https://pictures.example/d', '', '', 'low', `'`, `'''+1`],
    ['broken', 'https://pictures.example/4', '', '', '9', '', '+7', ''],
  ];
  const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
  const first = await send(cells.map((row) => row.map(quote).join(delimiter)).join('\n'));
  expect(first).toMatchObject({ total: 3, invalidLines: { count: 1, first: [{ line: 6 }] } });
  const rows = await rowsOf(first.id);
  await endInBatch(
    database.url,
    rows.map((row) => String(row.id)),
    { status: 'failed', code: 'content_rejected' },
  );
  await foldAll(api.database);

  const failures = await failuresOf(first.id);
  expect(failures.split('\r\n')[0]).toBe([...(cells[0] ?? []), 'errorCode', 'errorMessage'].join(delimiter));
  for (const cell of failures.split(/\r\n|[,;]/)) expect(cell).not.toMatch(/^"?[=+\-@\t]/);
  const again = await send(failures);
  expect(again).toMatchObject({ total: 3, invalidLines: { count: 1 } });
  expect((await rowsOf(again.id)).map(without)).toEqual(rows.map(without));

  const mended = await send(
    failures.replace(/(pictures\.example\/4[,;])([^9]*)9/, '$1https://pictures.example/d$21'),
  );
  expect(mended).toMatchObject({ total: 4, invalidLines: { count: 0 } });
});
