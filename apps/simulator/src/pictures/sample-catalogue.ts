import sharp from 'sharp';
import { drawGarment, type GarmentName, garmentNames } from './draw-garment.js';
import { drawPerson, people } from './draw-person.js';

export type Sample = {
  name: string;
  kind: 'person' | 'dress' | 'upper' | 'lower';
  title: string;
  /** Served by the simulator at its origin. */
  path: string;
};

/** Four people and six garments, drawn here: nobody's photographs. */
export const sampleCatalogue: readonly Sample[] = [
  ...people.map(({ title }, index) => {
    const name = `person-${index + 1}`;
    return { name, kind: 'person' as const, title, path: `/samples/${name}.png` };
  }),
  ...Object.entries(garmentNames).map(([name, title]) => ({
    name,
    kind: name.slice(0, -2) as 'dress' | 'upper' | 'lower',
    title,
    path: `/samples/${name}.png`,
  })),
];

export type SampleTryOn = {
  customId: string;
  title: string;
  humanImage: string;
  dressInput?: string;
  upperInput?: string;
  lowerInput?: string;
};

/** Every garment on everybody: 24 try-ons, with addresses at `origin`. */
export function sampleTryOns(origin: string): SampleTryOn[] {
  const persons = sampleCatalogue.filter(({ kind }) => kind === 'person');
  const garments = sampleCatalogue.filter(({ kind }) => kind !== 'person');
  return persons.flatMap((person) =>
    garments.map((garment) => ({
      customId: `${person.name}-${garment.name}`,
      title: `${person.title}, ${garment.title}`,
      humanImage: `${origin}${person.path}`,
      [`${garment.kind}Input`]: `${origin}${garment.path}`,
    })),
  );
}

/** How to draw what stands at this path, or null. */
export function drawSample(path: string): (() => Promise<Buffer>) | null {
  const sample = sampleCatalogue.find((candidate) => candidate.path === path);
  if (sample === undefined) return null;
  return () =>
    sharp(Buffer.from(drawSvg(sample)))
      .png({ compressionLevel: 8 })
      .toBuffer();
}

function drawSvg(sample: Sample): string {
  if (sample.kind !== 'person') return drawGarment(sample.name as GarmentName);
  const person = people[Number(sample.name.slice('person-'.length)) - 1];
  if (person === undefined) throw new Error(`no sample ${sample.name}`);
  return drawPerson(person);
}
