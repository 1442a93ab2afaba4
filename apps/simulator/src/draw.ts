/** A number in [0, 1) that depends on nothing but the seed, the purpose and the key: not on the order of calls. */
export type Draw = (purpose: string, key: string) => number;

export function createDraw(seed: string): Draw {
  return (purpose, key) => finish(hash(key, hash(purpose, hash(seed, 0x811c9dc5)))) / 0x1_0000_0000;
}

function hash(text: string, start: number): number {
  let state = start;
  for (let index = 0; index < text.length; index += 1) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  }
  return Math.imul(state ^ 0x1f, 0x01000193) >>> 0;
}

/** FNV alone leaves neighbouring keys close together; this spreads them (murmur3's finaliser). */
function finish(state: number): number {
  let mixed = state ^ (state >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
