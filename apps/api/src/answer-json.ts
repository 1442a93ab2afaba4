import type { ServerResponse } from 'node:http';

/** Answers with JSON. Cheaper than Express's own, which hashes every body for an ETag nobody asks for. */
export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': bytes.length });
  response.end(bytes);
}
