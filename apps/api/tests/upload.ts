import { type ClientRequest, request as open } from 'node:http';
import type { Answer } from './start-api.js';

/** An upload that is sent piece by piece. */
export interface SlowUpload {
  write(text: string | Buffer): Promise<void>;
  end(text?: string | Buffer): void;
  /** Goes away without a word. */
  destroy(): void;
  /** The answer; rejects when the connection is cut. */
  readonly answer: Promise<Answer>;
}

/** Begins a `POST` whose body comes later. */
export function beginUpload(url: string, headers: Record<string, string>): SlowUpload {
  const request = open(url, { method: 'POST', headers });
  const answer = answerTo(request);
  answer.catch(() => undefined);
  request.flushHeaders();
  return {
    write: (text) => new Promise((resolve) => request.write(text, () => resolve())),
    end: (text = '') => void request.end(text),
    destroy: () => void request.destroy(),
    answer,
  };
}

function answerTo(request: ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.on('error', reject).on('response', async (response) => {
      let text = '';
      for await (const part of response.setEncoding('utf8')) text += part;
      const headers = new Headers(response.headers as Record<string, string>);
      resolve({ status: response.statusCode ?? 0, headers, body: text === '' ? null : JSON.parse(text) });
    });
  });
}
