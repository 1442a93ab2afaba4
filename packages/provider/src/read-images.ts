import type { ResultImage } from '@catwalk/core';
import { cleanText, RESULT_ADDRESS_LENGTH_MAX } from './clean-text.js';
import { objectOf } from './parse-json-exactly.js';

/** No answer lists more pictures than this: the provider makes at most 4 of one task. */
const IMAGES_MAX = 64;

const SIZE_MAX = 2 ** 31 - 1;

/**
 * Every `works[].resource.resource` (the doubled name is the provider's), in its order. Entries without an
 * http address are skipped, and so are longer ones than we keep: a cut address would lead nowhere.
 */
export function readImages(body: Record<string, unknown>): ResultImage[] {
  if (!Array.isArray(body.works)) return [];
  const images = body.works.map(imageOf).filter((image) => image !== null);
  return images.slice(0, IMAGES_MAX);
}

function imageOf(work: unknown): ResultImage | null {
  const resource = objectOf(objectOf(work)?.resource);
  const url = typeof resource?.resource === 'string' ? resource.resource.trim() : '';
  if (resource === null || url.length > RESULT_ADDRESS_LENGTH_MAX || !isWebAddress(url)) return null;
  return {
    url: cleanText(url, RESULT_ADDRESS_LENGTH_MAX),
    width: sizeOf(resource.width),
    height: sizeOf(resource.height),
  };
}

function isWebAddress(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url);
}

function sizeOf(value: unknown): number | null {
  if (typeof value !== 'number' || !(value > 0) || value > SIZE_MAX) return null;
  return Math.round(value);
}
