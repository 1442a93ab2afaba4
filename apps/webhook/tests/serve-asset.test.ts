import { assetAddress, createAssetKeeper } from '@catwalk/infra/assets';
import { databaseForFile, drawPicture, runSql } from '@catwalk/testkit';
import { expect, it } from 'vitest';
import { startWebhook } from './start-webhook.js';

const database = await databaseForFile();
const { url, db, context, lines } = await startWebhook(database.url);
const home = { kind: 'own', store: context.pictures, origin: `${url}/` } as const;
const keeper = createAssetKeeper(db, home, async () => null);

async function keep(color: number) {
  const kept = await keeper.keep('anna', await drawPicture({ color }), null);
  if (kept.kind !== 'kept') throw new Error(kept.reason);
  return { ...kept.asset, address: assetAddress(kept.asset, url) };
}

const rows = async () => [
  await db.prisma.callback.count(),
  await db.prisma.event.count(),
  await db.prisma.asset.count(),
];

async function expectNothingFound(address: string, init: RequestInit = {}): Promise<void> {
  const answer = await fetch(address, init);
  expect([answer.status, await answer.text(), answer.headers.get('content-type')]).toEqual([404, '', null]);
}

it('an asset is shown under its address, as what it is and nothing else', async () => {
  const asset = await keep(1);
  const answer = await fetch(asset.address);
  expect(answer.status).toBe(200);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'image/png',
    'content-length': String(asset.bytes),
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
  });
  expect((await answer.arrayBuffer()).byteLength).toBe(asset.bytes);
  const head = await fetch(asset.address, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length')]).toEqual([200, String(asset.bytes)]);
});

it('whatever is no asset, or none any more, is the same empty 404, and no row is written', async () => {
  const asset = await keep(2);
  const before = await rows();
  const guessed = asset.address.replace(/[\w-](?=\.png$)/, (last) => (last === 'A' ? 'B' : 'A'));
  for (const address of [
    guessed,
    asset.address.slice(0, -5),
    `${asset.address}/more`,
    `${url}/assets/`,
    `${url}/assets/${'A'.repeat(8_000)}.png`,
    `${url}/assets/..%2f..%2fcatwalk.png`,
    `${url}/assets/%E0%A4%A`,
  ])
    await expectNothingFound(address);
  await expectNothingFound(asset.address, { method: 'POST', body: '{}' });
  await runSql(database.url, `UPDATE catwalk.asset SET expires_at = now() WHERE id = $1`, [asset.id]);
  await expectNothingFound(asset.address);
  expect(await rows()).toEqual(before);
});

it('an asset whose picture is gone from the store is a 404 too', async () => {
  const asset = await keep(3);
  await context.pictures.remove([asset.key ?? '']);
  await expectNothingFound(asset.address);
});

it('no log tells an address', () => {
  expect(lines.join('')).not.toMatch(/assets\/[\w-]{20}/);
});
