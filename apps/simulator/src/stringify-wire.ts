/**
 * JSON in which a bigint stands as bare digits. Task ids can pass 2^53, where a number would be rounded;
 * `JSON.rawJSON` is not there in Node 20.
 */
export function stringifyWire(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (fault) {
    // Only a bigint is refused: the native way is many times faster and mostly enough.
    if (!(fault instanceof TypeError)) throw fault;
    return stringifyWithBigInts(value);
  }
}

/** An integer as the wire has it: a number while that is exact. */
export function wireInteger(digits: string | bigint): number | bigint {
  const exact = Number(digits);
  return Number.isSafeInteger(exact) ? exact : BigInt(digits);
}

function stringifyWithBigInts(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map((item) => stringifyWithBigInts(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members: string[] = [];
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined) members.push(`${JSON.stringify(name)}:${stringifyWithBigInts(member)}`);
  }
  return `{${members.join(',')}}`;
}
