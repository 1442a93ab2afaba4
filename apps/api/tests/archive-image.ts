import { createHash } from 'node:crypto';
import { openPictureStore } from '@catwalk/infra/pictures';
import {
  type Database,
  keepArchiveSetting,
  type LeasedPicture,
  leasePictures,
  pictureKey,
  savePicture,
} from '@catwalk/infra/postgres';
import type { PicturePlace } from '@catwalk/infra/process';

/** Puts the pictures of a job, 300 by 400, into the archive, as the worker would; noted since {@link beginArchiving}. */
export async function archiveImage(
  database: Database,
  place: PicturePlace,
  jobId: string,
  picture: Buffer,
): Promise<readonly LeasedPicture[]> {
  const store = openPictureStore(place);
  const leased = await leasePictures(database, { leaseMs: 60_000, limit: 1_000 });
  const own = leased.filter(({ tryOnId }) => tryOnId === jobId);
  const sha256 = createHash('sha256').update(picture).digest('hex');
  const facts = { contentType: 'image/png', bytes: picture.byteLength, sha256, width: 300, height: 400 };
  for (const each of own) {
    await store.put(pictureKey(each), picture, 'image/png');
    await savePicture(database, each, { ...facts, providerUrl: each.providerUrl });
  }
  await store.close();
  return own;
}

/** Results that come from now on are noted to be archived. */
export function beginArchiving(database: Database): Promise<void> {
  return keepArchiveSetting(database, true);
}
