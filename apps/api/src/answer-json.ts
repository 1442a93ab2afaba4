import type { ServerResponse } from 'node:http';

/**
 * Answers with JSON. Cheaper than Express's own, which hashes every body for an ETag nobody asks for; as text,
 * so that Node sends head and body in one write.
 */
export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': length });
  response.end(text);
}
