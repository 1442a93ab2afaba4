import type { ServerResponse } from 'node:http';

/** Our own files alone: no inline script or style, no other origin, no frame around it. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Answers with a page of ours: `title` and `body` are HTML, `head` the tags of its scripts and styles. */
export function answerPage(
  response: ServerResponse,
  page: { readonly title: string; readonly head: string; readonly body: string },
): void {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title}</title>
<link rel="icon" href="data:,">
${page.head}
</head>
<body>
${page.body}
</body>
</html>
`;
  response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
  response.setHeader('Referrer-Policy', 'no-referrer');
  answerText(response, 'text/html; charset=utf-8', html);
}

/** Answers with a text of the media type, which no browser may take for another. */
export function answerText(response: ServerResponse, type: string, text: string): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Cache-Control', 'no-cache');
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

/** Text as HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
