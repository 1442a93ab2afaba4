import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { PicturePlace } from '../process/index.js';
import { checkStore } from './check-store.js';
import type { PictureStore } from './open-picture-store.js';
import { checkKey } from './picture-key.js';

type S3Place = Extract<PicturePlace, { kind: 's3' }>;

const CONNECT_MS = 5_000;
/** Without a byte moving. */
const SILENCE_MS = 15_000;
/** For one object, to its last byte on the way there. */
const PUT_MS = 60_000;
const TRIES = 3;
const REMOVES_MAX = 8;

/** Pictures in a bucket. */
export function openS3Store(place: S3Place): PictureStore {
  const client = openClient(place);
  const { bucket: Bucket, prefix } = place;
  const keyOf = (key: string): { Bucket: string; Key: string } => {
    checkKey(key);
    return { Bucket, Key: `${prefix}${key}` };
  };
  const store = {
    put: async (key: string, bytes: Buffer, contentType: string) => {
      const command = new PutObjectCommand({ ...keyOf(key), Body: bytes, ContentType: contentType });
      await client.send(command, { abortSignal: AbortSignal.timeout(PUT_MS) });
    },
    open: async (key: string, range?: { start: number; end: number }) =>
      openObject(client, keyOf(key), range),
    remove: async (keys: readonly string[]) => {
      // One by one: to remove many in one request is what services that speak S3 differ in.
      const left = keys.map((key) => new DeleteObjectCommand(keyOf(key)));
      const removeNext = async () => {
        for (let next = left.pop(); next !== undefined; next = left.pop())
          await client.send(next, { abortSignal: AbortSignal.timeout(PUT_MS) });
      };
      await Promise.all(Array.from({ length: REMOVES_MAX }, removeNext));
    },
  };
  return {
    ...store,
    check: () =>
      checkStore(
        store,
        (problem) => `pictures cannot be kept in the bucket ${Bucket} (ARCHIVE_URL): ${problem}`,
      ),
    close: async () => client.destroy(),
  };
}

function openClient({ endpoint, region, credentials }: S3Place): S3Client {
  return new S3Client({
    region,
    maxAttempts: TRIES,
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS },
    // Not every service that speaks S3 knows the newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(credentials === null ? {} : { credentials }),
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
  });
}

async function openObject(
  client: S3Client,
  key: { Bucket: string; Key: string },
  range: { readonly start: number; readonly end: number } | undefined,
): ReturnType<PictureStore['open']> {
  try {
    const asked = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end}` };
    const { Body, ContentLength = 0 } = await client.send(new GetObjectCommand({ ...key, ...asked }));
    return Body === undefined ? null : { stream: Body as Readable, bytes: ContentLength };
  } catch (error) {
    if (error instanceof NoSuchKey) return null;
    throw error;
  }
}
