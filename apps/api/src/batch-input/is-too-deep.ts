/** Deeper than anything a try-on has. */
const DEPTH_MAX = 100;

export const TOO_DEEP = `must not be nested deeper than ${DEPTH_MAX} levels`;

/** Whether so many objects and lists are opened within each other. */
export function isTooDeep(depth: number): boolean {
  return depth > DEPTH_MAX;
}

/** The same of a value, level by level: what calls itself for each level would end in a fault of its own. */
export function isNestedTooDeep(value: object): boolean {
  let level: object[] = [value];
  for (let depth = 1; level.length > 0; depth++) {
    if (isTooDeep(depth)) return true;
    const next: object[] = [];
    for (const one of level)
      for (const inner of Object.values(one))
        if (typeof inner === 'object' && inner !== null) next.push(inner);
    level = next;
  }
  return false;
}
