import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { SettingProblem } from './parse-settings.js';
import type { Mode } from './settings-fields.js';

/** Where pictures are kept: in a folder of this machine, or with a service that speaks S3. */
export type PicturePlace =
  | { readonly kind: 'disk'; readonly folder: string }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      /** Before every key; empty, or ends with a slash. */
      readonly prefix: string;
      /** Null: Amazon's own. */
      readonly endpoint: string | null;
      readonly region: string;
      /** Null: as the SDK finds them, such as a role of the machine. */
      readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
    };

/** What `ARCHIVE_URL` says; unset, pictures are archived below `CATWALK_HOME`. */
export type ArchiveSetting =
  | { readonly kind: 'off' }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      readonly prefix: string;
      readonly endpoint: string | null;
      readonly region: string | null;
    };

const RULE =
  'must be off, or s3://bucket/prefix with nothing behind it but ?endpoint=https://... and region=...; a key stands in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';

/** `off`, or `s3://bucket/prefix?endpoint=https://…&region=…`. */
export function archiveSetting() {
  return z.string().transform((text, context): ArchiveSetting => {
    const setting = text.toLowerCase() === 'off' ? ({ kind: 'off' } as const) : parseS3(text);
    if (setting !== null) return setting;
    context.addIssue({ code: 'custom', message: RULE });
    return z.NEVER;
  });
}

function parseS3(text: string): ArchiveSetting | null {
  const [, bucket = '', path = '', query = ''] = /^s3:\/\/([^/?#@]+)(\/[^?#]*)?(\?[^#]*)?$/.exec(text) ?? [];
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) return null;
  const prefix = path.replace(/^\/+|\/+$/g, '');
  if (prefix !== '' && !/^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/.test(prefix))
    return null;
  const asked = new URLSearchParams(query);
  if ([...asked.keys()].some((name) => name !== 'endpoint' && name !== 'region')) return null;
  const endpoint = asked.get('endpoint');
  if (endpoint !== null && !isEndpoint(endpoint)) return null;
  const region = asked.get('region');
  if (region !== null && !/^[a-z0-9-]{1,40}$/.test(region)) return null;
  return { kind: 's3', bucket, prefix: prefix === '' ? '' : `${prefix}/`, endpoint, region };
}

function isEndpoint(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return false;
  return url.username === '' && url.password === '' && !/[?#]/.test(text);
}

/** The settings that say where pictures are kept. */
export interface PictureSettings {
  readonly MODE: Mode;
  readonly CATWALK_HOME: string;
  readonly ARCHIVE_URL?: ArchiveSetting | undefined;
  readonly AWS_ACCESS_KEY_ID?: string | undefined;
  readonly AWS_SECRET_ACCESS_KEY?: string | undefined;
  readonly AWS_REGION?: string | undefined;
}

/** Where pictures are kept. With `ARCHIVE_URL=off` that is the disk too: what is no result is kept all the same. */
export function picturePlace(settings: PictureSettings): PicturePlace {
  const { ARCHIVE_URL: archive, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = settings;
  if (archive?.kind !== 's3')
    return { kind: 'disk', folder: join(resolve(settings.CATWALK_HOME), settings.MODE, 'pictures') };
  return {
    ...archive,
    region: archive.region ?? settings.AWS_REGION ?? 'us-east-1',
    credentials:
      id === undefined || secret === undefined ? null : { accessKeyId: id, secretAccessKey: secret },
  };
}

/** One half of a key opens nothing, and would silently be another key than the one that was meant. */
export function awsKeyRule(values: Partial<PictureSettings>): SettingProblem | null {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = values;
  if (values.ARCHIVE_URL?.kind !== 's3' || (id === undefined) === (secret === undefined)) return null;
  const name = id === undefined ? 'AWS_ACCESS_KEY_ID' : 'AWS_SECRET_ACCESS_KEY';
  return { name, rule: 'is required with its other half' };
}
