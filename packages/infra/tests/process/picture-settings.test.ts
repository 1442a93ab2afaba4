import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { awsKeyRule, parseSettings, picturePlace, settingsFields } from '../../src/process/index.js';

const { MODE, CATWALK_HOME, ARCHIVE_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION } =
  settingsFields;
const schema = z.object({
  MODE,
  CATWALK_HOME,
  ARCHIVE_URL,
  AWS_ACCESS_KEY_ID,
  AWS_SECRET_ACCESS_KEY,
  AWS_REGION,
  RETENTION_DAYS: settingsFields.RETENTION_DAYS,
});
const parse = (env: Record<string, string>) =>
  parseSettings(schema, { MODE: 'sandbox', CATWALK_HOME: '/home/of/catwalk', ...env }, [awsKeyRule]);
const key = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };

describe('the place of pictures', () => {
  it('is a folder of the mode, also where nothing is archived', () => {
    const disk = { kind: 'disk', folder: '/home/of/catwalk/sandbox/pictures' };
    expect(picturePlace(parse({}))).toEqual(disk);
    expect(picturePlace(parse({ ARCHIVE_URL: 'off' }))).toEqual(disk);
  });

  it('is a bucket with its prefix, with the key and the region that are set', () => {
    const url = 's3://shop/pictures/of/results/?endpoint=https://s3.example.com&region=eu-west-1';
    expect(picturePlace(parse({ ARCHIVE_URL: url, ...key }))).toEqual({
      kind: 's3',
      bucket: 'shop',
      prefix: 'pictures/of/results/',
      endpoint: 'https://s3.example.com',
      region: 'eu-west-1',
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    });
    expect(picturePlace(parse({ ARCHIVE_URL: 's3://shop', AWS_REGION: 'eu-central-1' }))).toEqual({
      kind: 's3',
      bucket: 'shop',
      prefix: '',
      endpoint: null,
      region: 'eu-central-1',
      credentials: null,
    });
  });

  it.each([
    'on',
    'https://s3.example.com/shop',
    's3://',
    's3://id:secret@shop/pictures',
    's3://Shop',
    's3://shop/../other',
    's3://shop?endpoint=ftp://s3.example.com',
    's3://shop?endpoint=https://id:secret@s3.example.com',
    's3://shop?secret=x',
  ])('is not %s, and what was written is not told', (url) => {
    expect(() => parse({ ARCHIVE_URL: url })).toThrow(/^ARCHIVE_URL: must be off, or s3:/);
    expect(() => parse({ ARCHIVE_URL: url })).not.toThrow(/id:secret/);
  });

  it('wants both halves of a key', () => {
    expect(() => parse({ ARCHIVE_URL: 's3://shop', AWS_ACCESS_KEY_ID: 'id' })).toThrow(
      /^AWS_SECRET_ACCESS_KEY/,
    );
    expect(() => parse({ ARCHIVE_URL: 's3://shop', AWS_SECRET_ACCESS_KEY: 's' })).toThrow(
      /^AWS_ACCESS_KEY_ID/,
    );
  });
});

it('retention is a number of days, and none unless it is set', () => {
  expect(parse({}).RETENTION_DAYS).toBeNull();
  expect(parse({ RETENTION_DAYS: '90' }).RETENTION_DAYS).toBe(90);
  for (const days of ['0', '-1', 'ever', '1.5'])
    expect(() => parse({ RETENTION_DAYS: days })).toThrow(/^RETENTION_DAYS/);
});
