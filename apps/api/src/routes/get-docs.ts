import type { RequestHandler } from 'express';
import { answerPage } from '../answer-page.js';
import type { Api } from '../app.js';

// Relative addresses: a proxy may serve all of it under a prefix.
const HEAD = `<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="stylesheet" href="docs/page.css">
<script src="docs/swagger-ui-bundle.js" defer></script>
<script src="docs/start.js" defer></script>`;

const MODES = {
  sandbox: 'SANDBOX: the provider is a simulator. What you try here is not billed.',
  live: 'LIVE: the provider is real. A try-on that you make here is billed.',
};

/** `GET /docs`: the OpenAPI document in Swagger UI, which can send each request. */
export function getDocs(api: Api): RequestHandler {
  const { mode } = api.context.config;
  const body = `<p class="mode ${mode}">${MODES[mode]} <a href="docs/errors">What the error codes mean</a></p>
<div id="viewer"></div>
<noscript>This page needs JavaScript; <a href="openapi.json">the document</a> does not.</noscript>`;
  return (_request, response) => answerPage(response, { title: 'Catwalk API', head: HEAD, body });
}
