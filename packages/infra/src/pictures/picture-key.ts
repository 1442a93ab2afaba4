const KEY = /^[a-z0-9][a-z0-9_-]*(?:\/[a-z0-9][a-z0-9_-]*)*(?:\.[a-z0-9]+)?$/i;
const KEY_LENGTH_MAX = 200;

/**
 * A key is a path of plain words below the store. Ours are made of ids, so another one is a fault of ours, and never
 * becomes a path.
 *
 * @throws Error
 */
export function checkKey(key: string): void {
  if (key.length > KEY_LENGTH_MAX || !KEY.test(key)) throw new Error('a picture was to be kept under no key');
}
