/**
 * `JSON.parse`, except that whole numbers of 16 and more digits come as strings with every digit they were
 * written with: the provider's ids pass 2^53, and Node 20 has no `context.source`.
 *
 * @throws SyntaxError when the text is not JSON.
 */
export function parseJsonExactly(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!mayHoldLongNumber(text)) return value;
  const quoted = quoteLongNumbers(text);
  return quoted === text ? value : JSON.parse(quoted);
}

/** The parsed object, or null for everything that is not a JSON object. A byte order mark is tolerated. */
export function parseJsonObject(text: string): Record<string, unknown> | null {
  try {
    return objectOf(parseJsonExactly(text.startsWith('\uFEFF') ? text.slice(1) : text));
  } catch {
    return null;
  }
}

/** The value as a JSON object; null for arrays, scalars and null. */
export function objectOf(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

const LONG = 16;

/** A run of 16 digits covers one of every 16 positions, so only those are looked at. */
function mayHoldLongNumber(text: string): boolean {
  for (let at = LONG - 1; at < text.length; at += LONG) {
    if (!isDigit(text, at)) continue;
    let from = at;
    while (isDigit(text, from - 1)) from -= 1;
    let to = at + 1;
    while (isDigit(text, to)) to += 1;
    if (to - from >= LONG) return true;
    at = to - (to % LONG) - 1;
  }
  return false;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

/** Neither part of a fraction or an exponent, nor followed by one. */
const LONG_INTEGER = /(?<![\w.+-])-?[1-9]\d{15,}(?![\w.])/g;

/** Puts long whole numbers in quotes; `text` is known to be valid JSON. Strings are copied as they stand. */
function quoteLongNumbers(text: string): string {
  let quoted = '';
  let copied = 0;
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('"', at);
    const end = open === -1 ? text.length : open;
    if (end - at >= LONG) {
      quoted += text.slice(copied, at) + text.slice(at, end).replace(LONG_INTEGER, '"$&"');
      copied = end;
    }
    at = open === -1 ? text.length : endOfString(text, open);
  }
  return quoted + text.slice(copied);
}

/** Past the closing quote: the first one before which stands an even number of backslashes. */
function endOfString(text: string, open: number): number {
  let close = text.indexOf('"', open + 1);
  while (close !== -1) {
    let from = close;
    while (text[from - 1] === '\\') from -= 1;
    if ((close - from) % 2 === 0) return close + 1;
    close = text.indexOf('"', close + 1);
  }
  return text.length;
}
