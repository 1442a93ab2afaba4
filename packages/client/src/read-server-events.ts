/** A block of a stream of server-sent events: of one that only says where we are, `data` is null. */
export interface ServerEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: string | null;
}

/** The blocks of a stream, wherever its pieces are cut. Comments, and what broke off in the middle, are left out. */
export async function* readServerEvents(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest: string[] = [];
  let fields = new Map<string, string>();
  for await (const chunk of bytes) {
    const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n');
    rest.push(first);
    for (const next of others) {
      const line = rest.join('').replace(/\r$/, '');
      rest = [next];
      if (line !== '') readField(fields, line);
      else {
        if (fields.has('id') || fields.has('data')) yield blockOf(fields);
        fields = new Map();
      }
    }
  }
}

function readField(fields: Map<string, string>, line: string): void {
  const colon = line.indexOf(':');
  // What begins with a colon is a comment.
  if (colon === 0) return;
  const name = colon === -1 ? line : line.slice(0, colon);
  const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
  const before = fields.get('data');
  fields.set(name, name === 'data' && before !== undefined ? `${before}\n${value}` : value);
}

function blockOf(fields: ReadonlyMap<string, string>): ServerEvent {
  const { id = null, event = 'message', data = null } = Object.fromEntries(fields);
  return { id, event, data };
}
