import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server of pictures on this machine, and what it was asked for. */
export interface ImageServer {
  readonly url: string;
  /** Method and path with query of every request, in their order. */
  readonly asked: readonly string[];
  /** How many requests wait for their answers right now, at most. */
  openMax(): number;
  close(): Promise<void>;
}

export type Answering = (request: IncomingMessage, response: ServerResponse) => void;

/** Starts it; `answer` is told every request and may leave one without an answer. */
export async function startImageServer(answer: Answering): Promise<ImageServer> {
  const asked: string[] = [];
  let open = 0;
  let openMax = 0;
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    open += 1;
    openMax = Math.max(openMax, open);
    response.on('close', () => {
      open -= 1;
    });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    openMax: () => openMax,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers like any web server with a picture: its head, or its bytes. */
export function sendImage(request: IncomingMessage, response: ServerResponse, image = pngOf(600, 800)): void {
  response.writeHead(200, { 'content-type': 'image/png', 'content-length': image.byteLength });
  response.end(request.method === 'HEAD' ? undefined : image);
}

/** The beginning of a PNG picture of so many pixels, and a little after it. */
export function pngOf(width: number, height: number): Buffer {
  const image = Buffer.alloc(200);
  image.write('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1');
  image.writeUInt32BE(width, 16);
  image.writeUInt32BE(height, 20);
  return image;
}
