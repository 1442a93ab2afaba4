import { get, type IncomingMessage } from 'node:http';

/** One block of a stream, as it was sent. */
interface Block {
  readonly id: string | null;
  readonly event: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: events are judged by the tests, field by field
  readonly data: any;
  readonly comment: boolean;
}

/** An open stream, as a client without our SDK sees it. */
export interface OpenStream {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly blocks: readonly Block[];
  /** Events alone. */
  readonly events: () => Block[];
  /** The last position that was told. */
  readonly lastId: () => string;
  /** Takes nothing any more, until it is resumed. */
  pause(): void;
  resume(): void;
  readonly ended: Promise<void>;
  close(): void;
}

export function openStream(url: string, headers: Record<string, string> = {}): Promise<OpenStream> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false }, (response) => {
      let rest = '';
      const blocks: Block[] = [];
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const parts = `${rest}${chunk}`.split('\n\n');
        rest = parts.pop() ?? '';
        blocks.push(...parts.map(parseBlock));
      });
      const ended = new Promise<void>((over) => response.once('close', over));
      response.on('error', () => undefined);
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        blocks,
        events: () => blocks.filter(({ event }) => event !== null),
        lastId: () => blocks.flatMap(({ id }) => id ?? []).at(-1) ?? '',
        pause: () => response.pause(),
        resume: () => response.resume(),
        ended,
        close: () => request.destroy(),
      });
    });
    request.on('error', reject);
  });
}

function parseBlock(block: string): Block {
  const lines = block.split('\n');
  const field = (name: string) =>
    lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? null;
  const data = field('data');
  return {
    id: field('id'),
    event: field('event'),
    data: data === null ? null : JSON.parse(data),
    comment: lines.some((line) => line.startsWith(':')),
  };
}
