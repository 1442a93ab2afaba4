import { existsSync, readFileSync, truncateSync } from 'node:fs';

/** An event as a follower wrote it down. */
export interface Followed {
  readonly position: number;
  readonly name: string;
  /** Milliseconds since 1970, with fractions. */
  readonly at: number;
}

/** What a follower has written. @param options.mend: cuts off a last line that a kill left half written */
export function readFollowed(
  file: string,
  { mend = false }: { readonly mend?: boolean } = {},
): readonly Followed[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (mend && whole.length < text.length) truncateSync(file, Buffer.byteLength(whole));
  return whole
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [position, name = '', at] = line.split(' ');
      return { position: Number(position), name, at: Number(at) };
    });
}
