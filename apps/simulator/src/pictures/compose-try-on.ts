import sharp, { type OverlayOptions } from 'sharp';
import { drawLetters, lettersWidth } from './draw-letters.js';
import { canvas } from './fit-person.js';

export type WornGarment = { kind: 'dress' | 'upper' | 'lower'; picture: Buffer };
export type TryOnPicture = { person: Buffer; garments: WornGarment[]; index: number; count: number };

/** Where on the canvas a garment hangs: centred, its top at `top`, as large as fits. */
const places = {
  upper: { top: 238, width: 300, height: 300 },
  lower: { top: 470, width: 260, height: 460 },
  dress: { top: 236, width: 340, height: 580 },
} as const;

const bandHeight = 46;
/** One look per variant, so that four results are told apart at a glance. */
const looks = [
  { band: '#1f2937', tint: '#ffffff', strength: 0 },
  { band: '#7c2d12', tint: '#fb923c', strength: 0.1 },
  { band: '#0c4a6e', tint: '#38bdf8', strength: 0.1 },
  { band: '#4c1d95', tint: '#a78bfa', strength: 0.1 },
] as const;

/** The garments on the person, and over it all that this is no real result. */
export async function composeTryOn({ person, garments, index, count }: TryOnPicture): Promise<Buffer> {
  const worn = await Promise.all(garments.map(placeGarment));
  return sharp(person)
    .composite([...worn, { input: Buffer.from(drawMarks(index, count)) }])
    .png({ compressionLevel: 6 })
    .toBuffer();
}

export function drawPlaceholder(): Promise<Buffer> {
  return sharp({ create: { ...canvas, channels: 3, background: '#d6d3d1' } })
    .composite([{ input: Buffer.from(drawMarks(0, 1)) }])
    .png()
    .toBuffer();
}

async function placeGarment({ kind, picture }: WornGarment): Promise<OverlayOptions> {
  const place = places[kind];
  const { data, info } = await sharp(picture)
    .resize({ width: place.width, height: place.height, fit: 'inside' })
    .png({ compressionLevel: 2 })
    .toBuffer({ resolveWithObject: true });
  return { input: data, top: place.top, left: Math.round((canvas.width - info.width) / 2) };
}

function drawMarks(index: number, count: number): string {
  const { width, height } = canvas;
  const { band, tint, strength } = looks[index % looks.length] ?? looks[0];
  const top = height - bandHeight;
  const word = 'SANDBOX';
  const number = `${index + 1}/${count}`;
  const pen = { color: '#ffffff', width: 5 };
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <rect width="${width}" height="${height}" fill="${tint}" fill-opacity="${strength}"/>
    <g transform="rotate(-90 34 640)">${drawLetters(word, { x: 34, y: 634, height: 44 }, { color: band, width: 8, opacity: 0.55 })}</g>
    <rect y="${top}" width="${width}" height="${bandHeight}" fill="${band}"/>
    ${drawLetters(word, { x: 28, y: top + 11, height: 24 }, pen)}
    ${drawLetters(number, { x: width - 28 - lettersWidth(number, 24), y: top + 11, height: 24 }, pen)}
  </svg>`;
}
