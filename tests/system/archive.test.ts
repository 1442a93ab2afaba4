import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, startS3Server } from '@catwalk/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { postTryOns, untilAllEnded } from './jobs.js';
import { startSystem } from './start-system.js';

/** A minute in a second. */
const COMPRESSED = 60;

async function onDisk(): Promise<Record<string, string>> {
  const home = await mkdtemp(join(tmpdir(), 'catwalk-system-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  return { ARCHIVE_URL: '', CATWALK_HOME: home };
}

async function inBucket(): Promise<Record<string, string>> {
  const s3 = await startS3Server();
  onTestFinished(() => s3.close());
  return {
    ARCHIVE_URL: `s3://${s3.bucket}/shop/results?endpoint=${s3.endpoint}`,
    AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
  };
}

describe.each([
  ['on disk', onDisk],
  ['in a bucket', inBucket],
])(
  'results whose addresses die within a minute, of which a fifth of the downloads fails, kept %s',
  (_, keep) => {
    it('are all there, byte for byte, at the addresses that the try-ons show', async () => {
      const env = { ...(await keep()), ARCHIVE_DEADLINE_MS: String(86_400_000 / COMPRESSED) };
      const dials = {
        delayMs: 50,
        pictures: 'placeholder',
        resultLifetimeMs: 60_000 / COMPRESSED,
        resultFailureRate: 0.2,
      } as const;
      const system = await startSystem({ env, simulator: { dials } });
      try {
        const ids = await postTryOns(system, 100);
        await untilAllEnded(system, system.databaseUrl, { timeoutMs: 25_000 });
        const images = await eventually(
          async () => {
            const { body } = await system.get('/v1/try-ons?limit=200');
            const all = body.data.flatMap((each: { images: unknown[] }) => each.images);
            for (const image of all)
              expect(image).toMatchObject({ archivedAt: expect.any(String), archiveError: null });
            expect(all).toHaveLength(ids.length);
            return all as { url: string; sha256: string; bytes: number }[];
          },
          { timeoutMs: 25_000 },
        );
        for (const { url, sha256, bytes } of images) {
          expect(url).toContain(`${system.urls.api}/v1/try-ons/`);
          const body = Buffer.from(await (await fetch(url)).arrayBuffer());
          expect([body.byteLength, createHash('sha256').update(body).digest('hex')]).toEqual([bytes, sha256]);
        }
        const secrets = [
          ...images.map(({ url }) => new URL(url).searchParams.get('signature') ?? '?'),
          'signing_key',
        ];
        expect(system.lines.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
      } finally {
        await system.close();
      }
    });
  },
);
