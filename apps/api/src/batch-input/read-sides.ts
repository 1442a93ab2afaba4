import { garmentSchema, type Issue, PRODUCT_SIDE_MAX, parseWith, personSchema } from '@catwalk/contract';
import type { z } from 'zod';
import type { BatchRecord } from './batch-record.js';
import { UnreadableInput } from './unreadable-input.js';

/** Both sides are held while their product is made. */
const SIDES_BYTES_MAX = 33_554_432;
const ISSUES_MAX = 100;

const [personAddress, personObject] = personSchema.options;

interface Side<T> {
  readonly value: T;
  readonly bytes: number;
}
type Person = Side<z.output<typeof personObject>>;
type Garment = Side<z.output<typeof garmentSchema>>;

export type SideName = 'people' | 'garments';

/** Reads `people` and `garments`; a wrong entry would spoil many lines, so that all wrong ones are told at once. */
export function createSides() {
  const people: Person[] = [];
  const garments: Garment[] = [];
  const issues: Issue[] = [];
  const counts = { people: 0, garments: 0, bytes: 0 };
  return {
    add(name: SideName, value: unknown, bytes: number): void {
      const path = `${name}.${counts[name]++}`;
      counts.bytes += bytes;
      if (counts[name] > PRODUCT_SIDE_MAX)
        throw refused(name, `must have at most ${PRODUCT_SIDE_MAX} entries`);
      if (counts.bytes > SIDES_BYTES_MAX)
        throw refused(name, `must have at most ${SIDES_BYTES_MAX} bytes, people and garments together`);
      const parsed = name === 'people' ? parsePerson(value) : parseWith(garmentSchema, value);
      if (!parsed.ok) issues.push(...parsed.issues.map((issue) => under(path, issue)));
      else if ('image' in parsed.value) people.push({ value: parsed.value, bytes });
      else garments.push({ value: parsed.value, bytes });
      if (issues.length >= ISSUES_MAX) throw new UnreadableInput(issues.slice(0, ISSUES_MAX));
    },
    /** @throws UnreadableInput for wrong and missing entries */
    finish(): { readonly people: readonly Person[]; readonly garments: readonly Garment[] } {
      for (const name of ['people', 'garments'] as const)
        if (counts[name] === 0) issues.push({ path: name, message: 'must have at least one entry' });
      if (issues.length > 0) throw new UnreadableInput(issues);
      return { people, garments };
    },
  };
}

/** Puts every garment on every person, person by person. */
export function* crossSides(people: readonly Person[], garments: readonly Garment[]): Generator<BatchRecord> {
  let line = 0;
  for (const [n, person] of people.entries())
    for (const [m, garment] of garments.entries()) {
      const customId = `${person.value.customId ?? `p${n + 1}`}-${garment.value.customId ?? `g${m + 1}`}`;
      const { dress: dressInput, upper: upperInput, lower: lowerInput } = garment.value;
      const value = { humanImage: person.value.image, dressInput, upperInput, lowerInput, customId };
      yield { kind: 'record', line: ++line, bytes: person.bytes + garment.bytes, value, cells: null };
    }
}

function parsePerson(value: unknown) {
  if (typeof value !== 'string') return parseWith(personObject, value);
  const image = parseWith(personAddress, value);
  return image.ok ? { ok: true as const, value: { image: image.value, customId: null } } : image;
}

function under(path: string, issue: Issue): Issue {
  return { path: issue.path === '' ? path : `${path}.${issue.path}`, message: issue.message };
}

function refused(path: string, message: string): UnreadableInput {
  return new UnreadableInput([{ path, message }]);
}
