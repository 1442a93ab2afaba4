import { BATCH_LINE_BYTES_MAX } from '@catwalk/contract';
import { Tokenizer, TokenParser, TokenType } from '@streamparser/json';
import { TOO_LONG } from './batch-record.js';
import { isTooDeep, TOO_DEEP } from './is-too-deep.js';
import { UnreadableInput } from './unreadable-input.js';

/** Of a field of the document: its entries one by one, its value as a whole, or nothing. */
export type Wanted = 'entries' | 'value' | 'none';

/** What a document turns out to contain, in its order. */
export interface DocumentListener {
  onField(name: string): Wanted;
  onValue(name: string, value: unknown): void;
  onEntry(name: string, value: unknown, bytes: number): void;
  /** A field whose entries are wanted is no list. */
  onNoList(name: string): void;
}

interface Token {
  readonly token: TokenType;
  readonly value: string | number | boolean | null;
  /** Bytes before it in the document. */
  readonly offset: number;
}

/**
 * Parses a JSON object piece by piece and hands out the entries of its lists as they end; no more is held than one
 * entry and a piece. (@streamparser/json, since it says where each token stands, so that the size of an entry is known
 * and bounded while it is read; it has no dependencies and is as strict as `JSON.parse`.)
 */
export function createDocumentParser(
  listener: DocumentListener,
  fields: { readonly values: readonly string[]; readonly lists: readonly string[] },
) {
  const tokenizer = new Tokenizer();
  const paths = [...fields.values.map((name) => `$.${name}`), ...fields.lists.map((name) => `$.${name}.*`)];
  const parser = new TokenParser({ paths, keepStack: false });
  let [depth, read, newlines] = [0, 0, 0];
  let field: { readonly name: string; readonly wanted: Wanted; entries: number } | null = null;
  /** The last token, and where the value began that is being read, if one is. */
  let last: Token = { token: TokenType.COMMA, value: null, offset: 0 };
  let begun: number | null = null;

  tokenizer.onToken = (given) => {
    const token = given as Token;
    limit(token.offset);
    const kind = token.token;
    if (depth === 0 && kind !== TokenType.LEFT_BRACE && !parser.isEnded) throw notAnObject();
    const isKey = depth === 1 && kind === TokenType.STRING && last.token !== TokenType.COLON;
    if (depth === 1 && last.token === TokenType.COLON) meetValue(kind);
    if (begun === null && !isKey && depth === valueDepth() && isValueStart(kind)) begun = token.offset;
    last = token;
    parser.write(token as Parameters<typeof parser.write>[0]);
    if (isKey) field = meetField(String(token.value));
    if (isOpening(kind)) depth++;
    if (isClosing(kind)) depth--;
    if (isTooDeep(depth)) throw atEntry(TOO_DEEP);
    if (depth === valueDepth()) begun = null;
  };

  parser.onValue = ({ value }) => {
    if (field?.wanted === 'value') listener.onValue(field.name, value);
    if (field?.wanted !== 'entries' || begun === null) return;
    const bytes = last.offset + tokenBytes(last) - begun;
    if (bytes > BATCH_LINE_BYTES_MAX) throw atEntry(TOO_LONG);
    listener.onEntry(field.name, value, bytes);
    field.entries++;
  };

  const valueDepth = () => (field?.wanted === 'entries' ? 2 : 1);

  function meetField(name: string) {
    return { name, wanted: listener.onField(name), entries: 0 };
  }

  function meetValue(kind: TokenType): void {
    if (field?.wanted !== 'entries' || kind === TokenType.LEFT_BRACKET || !isValueStart(kind)) return;
    listener.onNoList(field.name);
    field = { ...field, wanted: 'none' };
  }

  /** Neither a value nor what stands between two may be longer than a record. */
  function limit(offset: number): void {
    if (offset - (begun ?? last.offset) > BATCH_LINE_BYTES_MAX) throw atEntry(TOO_LONG);
  }

  function atEntry(message: string): UnreadableInput {
    if (field?.wanted !== 'entries') return new UnreadableInput([{ path: field?.name ?? '', message }]);
    const path = `${field.name}.${field.entries}`;
    return new UnreadableInput(
      [{ path, message }],
      field.name === 'items' ? { line: field.entries + 1 } : {},
    );
  }

  function guarded(piece: Buffer, step: () => void): void {
    try {
      step();
    } catch (error) {
      if (error instanceof UnreadableInput) throw error;
      const line = newlines + 1 + countNewlines(piece.subarray(0, Math.max(0, last.offset - read)));
      throw malformed(read === 0 && piece.length === 0 ? 'is empty' : `is not valid JSON near line ${line}`);
    }
  }

  return {
    write(piece: Buffer): void {
      guarded(piece, () => tokenizer.write(piece));
      read += piece.length;
      newlines += countNewlines(piece);
      limit(read);
    },
    end(): void {
      guarded(Buffer.alloc(0), () => {
        tokenizer.end();
        if (!parser.isEnded) throw new Error('the document is cut off');
      });
    },
  };
}

export function malformed(message: string): UnreadableInput {
  return new UnreadableInput([{ path: '', message }], { code: 'malformed_json' });
}

function notAnObject(): UnreadableInput {
  return new UnreadableInput([{ path: '', message: 'must be a JSON object' }]);
}

function isOpening(kind: TokenType): boolean {
  return kind === TokenType.LEFT_BRACE || kind === TokenType.LEFT_BRACKET;
}

function isClosing(kind: TokenType): boolean {
  return kind === TokenType.RIGHT_BRACE || kind === TokenType.RIGHT_BRACKET;
}

function isValueStart(kind: TokenType): boolean {
  return !isClosing(kind) && kind !== TokenType.COMMA && kind !== TokenType.COLON;
}

/** A bracket is one byte; of what is no container the length as it would be written here stands for its own. */
function tokenBytes({ token, value }: Token): number {
  return isClosing(token) ? 1 : Buffer.byteLength(JSON.stringify(value) ?? '');
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) count++;
  return count;
}
