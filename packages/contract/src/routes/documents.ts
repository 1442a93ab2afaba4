import { z } from 'zod';
import type { Operation } from '../openapi/operation.js';

const tag = 'Documents';
const access = 'local';

/** The document itself, and the pages that show it. */
export const documentOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/openapi.json',
    id: 'getOpenApi',
    tag,
    access,
    summary: 'Read this document',
    answers: {
      200: {
        description: 'OpenAPI 3.1.',
        name: 'OpenApi',
        schema: z.looseObject({ openapi: z.literal('3.1.0') }),
        example: { openapi: '3.1.0' },
      },
    },
    refusals: [],
  },
  {
    method: 'get',
    path: '/docs',
    id: 'getDocs',
    tag,
    access,
    summary: 'See this document, with a form to try each request',
    answers: { 200: { description: 'A page.', type: 'text/html' } },
    refusals: [],
  },
  {
    method: 'get',
    path: '/docs/errors',
    id: 'getErrorDocs',
    tag,
    access,
    summary: 'See what each code of an error means, and what to do',
    answers: { 200: { description: 'A page; `#<code>` leads to the code.', type: 'text/html' } },
    refusals: [],
  },
  {
    method: 'get',
    path: '/docs/{file}',
    id: 'getDocsFile',
    tag,
    access,
    summary: 'Read a file of these pages',
    parameters: [
      {
        name: 'file',
        in: 'path',
        description: 'One of the files that the pages name.',
        schema: { type: 'string' },
        example: 'page.css',
      },
    ],
    answers: { 200: { description: 'A style sheet or a script.', type: '*/*' } },
    refusals: ['not_found'],
  },
];
