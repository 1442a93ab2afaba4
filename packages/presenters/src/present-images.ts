import type { TryOn } from '@catwalk/contract';
import type { ArchivedImage, PictureLinks } from '@catwalk/infra/postgres';
import { signPath } from '@catwalk/infra/process';

/** What is needed of a job to show its images. */
export interface ShownImages {
  readonly id: string;
  readonly images: readonly {
    readonly url: string;
    readonly width?: number | null;
    readonly height?: number | null;
  }[];
  readonly archive: readonly ArchivedImage[];
  /** The database's clock. */
  readonly now: Date;
}

/** The images of a job: with the provider's addresses until they are archived, then with our own. */
export function presentImages(row: ShownImages, links: PictureLinks | null): TryOn['images'] {
  return row.images.map(({ url, width = null, height = null }, index) => {
    const kept = row.archive.find((one) => one.index === index);
    const saved = kept?.state === 'saved' ? kept : null;
    return {
      index,
      url: addressToUse(row, index, links) ?? url,
      providerUrl: kept?.providerUrl ?? url,
      width: saved?.width ?? width,
      height: saved?.height ?? height,
      contentType: saved?.contentType ?? null,
      bytes: saved?.bytes ?? null,
      sha256: saved?.sha256 ?? null,
      archivedAt: saved?.archivedAt?.toISOString() ?? null,
      archiveError: presentArchiveError(kept),
    };
  });
}

/** The address of an image to use; null when the job has none of this number. */
export function addressToUse(row: ShownImages, index: number, links: PictureLinks | null): string | null {
  const kept = row.archive.find((one) => one.index === index);
  if (kept?.state !== 'saved' || links === null) return kept?.providerUrl ?? row.images[index]?.url ?? null;
  const path = `/v1/try-ons/${row.id}/images/${index}`;
  const { expires, signature } = signPath(path, links.signingKey, row.now);
  return `${links.origin}${path}?expires=${expires}&signature=${signature}`;
}

function presentArchiveError(kept: ArchivedImage | undefined): TryOn['images'][number]['archiveError'] {
  if (kept === undefined || kept.error === null) return null;
  const message = REASONS[kept.error] ?? 'The image could not be saved';
  return { code: kept.error, message, lost: kept.state === 'lost' };
}

/** Why an image could not be saved, by what the worker writes down. */
const REASONS: Readonly<Record<string, string>> = {
  address_dead: 'The provider’s address is dead, and it tells no other',
  bad_answer: 'The server of the image answered with an error',
  encoded: 'The server of the image packed it, although it was asked not to',
  not_a_picture: 'What the address leads to is no PNG, JPEG or WebP',
  refused_address: 'The address must not be asked from here',
  store_unavailable: 'The archive could not keep it',
  timeout: 'The server of the image did not answer in time',
  too_large: 'What the address leads to is larger than 50 MB',
  too_many_pixels: 'The image has more pixels than are taken',
  unreachable: 'The server of the image could not be reached',
};
