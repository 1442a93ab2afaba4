/** Strokes on a 4 × 6 grid. A font of our own: a machine without fonts would draw no letters at all. */
const strokes: Record<string, string> = {
  S: 'M4 1Q4 0 2 0Q0 0 0 1.5Q0 3 2 3Q4 3 4 4.5Q4 6 2 6Q0 6 0 5',
  A: 'M0 6L2 0L4 6M.8 4H3.2',
  N: 'M0 6V0L4 6V0',
  D: 'M0 0V6H1.5Q4 6 4 3Q4 0 1.5 0Z',
  B: 'M0 0V6H2.2Q4 6 4 4.5Q4 3 2.2 3H0M2.2 3Q3.7 3 3.7 1.5Q3.7 0 2.2 0H0',
  O: 'M2 0Q0 0 0 3Q0 6 2 6Q4 6 4 3Q4 0 2 0Z',
  X: 'M0 0L4 6M4 0L0 6',
  '1': 'M1 1L2.4 0V6',
  '2': 'M0 1.4Q0 0 2 0Q4 0 4 1.6Q4 2.6 0 6H4',
  '3': 'M0 .8Q.8 0 2 0Q3.8 0 3.8 1.5Q3.8 3 1.6 3Q4 3 4 4.5Q4 6 2 6Q.6 6 0 5.2',
  '4': 'M3 6V0L0 4.2H4',
  '/': 'M0 6.4L3.4 -.4',
  ' ': '',
};
const advance = 5.6;

/** An SVG group that writes `text` with letters `height` pixels high, its top left corner at x, y. */
export function drawLetters(
  text: string,
  place: { x: number; y: number; height: number },
  pen: { color: string; width: number; opacity?: number },
): string {
  const scale = place.height / 6;
  const letters = [...text].map(
    (letter, index) => `<path transform="translate(${index * advance} 0)" d="${strokes[letter] ?? ''}"/>`,
  );
  return `<g transform="translate(${place.x} ${place.y}) scale(${scale})" fill="none" stroke="${pen.color}" stroke-width="${pen.width / scale}" stroke-opacity="${pen.opacity ?? 1}" stroke-linecap="round" stroke-linejoin="round">${letters.join('')}</g>`;
}

export function lettersWidth(text: string, height: number): number {
  return ((text.length - 1) * advance + 4) * (height / 6);
}
