/** The picture library, for who needs it: a fifth of a second and 25 MB that a process without pictures does without. */
export async function loadSharp(): Promise<typeof import('sharp')['default']> {
  const { default: sharp } = await import('sharp');
  return sharp;
}
