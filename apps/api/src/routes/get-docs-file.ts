import { createRequire } from 'node:module';
import type { RequestHandler, Response } from 'express';
import { answerText } from '../answer-page.js';
import { ProblemError } from '../problem-error.js';

const START = `window.SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#viewer',
  deepLinking: true,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
});
`;

const STYLE = `body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; }
main { max-width: 46rem; margin: 0 auto; padding: 1rem; }
main section { margin: 1.5rem 0; padding-left: 0.75rem; border-left: 3px solid #ddd; }
main section:target { border-color: #06c; background: #f2f7ff; }
main p { margin: 0.25rem 0; }
main h3 { margin: 0; }
main h3 a { color: inherit; font-family: monospace; }
main small { font-weight: normal; color: #555; }
.mode { margin: 0; padding: 0.5rem 1rem; color: #fff; background: #205d20; }
.mode.live { background: #a11; }
.mode a { color: inherit; }
`;

const OWN_FILES: ReadonlyMap<string, { readonly type: string; readonly text: string }> = new Map([
  ['start.js', { type: 'text/javascript; charset=utf-8', text: START }],
  ['page.css', { type: 'text/css; charset=utf-8', text: STYLE }],
]);

/** `GET /docs/{file}`: the scripts and style sheets of the pages under `/docs`. */
export function getDocsFile(): RequestHandler {
  const require = createRequire(import.meta.url);
  // Swagger UI comes from its npm package: nothing is fetched from elsewhere.
  const viewerFiles = new Map([
    ['swagger-ui.css', require.resolve('swagger-ui-dist/swagger-ui.css')],
    ['swagger-ui-bundle.js', require.resolve('swagger-ui-dist/swagger-ui-bundle.js')],
  ]);
  return async (request, response) => {
    const name = String(request.params.file);
    const own = OWN_FILES.get(name);
    if (own !== undefined) return answerText(response, own.type, own.text);
    const path = viewerFiles.get(name);
    if (path === undefined) throw new ProblemError('not_found', 'There is nothing at this address');
    await sendFile(response, path);
  };
}

/** With an ETag, so that a browser loads the megabyte once. */
function sendFile(response: Response, path: string): Promise<void> {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  return new Promise((resolve, reject) => {
    // pnpm keeps packages in a folder whose name begins with a dot.
    response.sendFile(path, { dotfiles: 'allow' }, (error?: Error) => (error ? reject(error) : resolve()));
  });
}
