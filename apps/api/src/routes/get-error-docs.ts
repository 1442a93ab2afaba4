import { PROBLEMS, type ProblemCode } from '@catwalk/contract';
import { type Explanation, JOB_ERROR_EXPLANATIONS, PROBLEM_EXPLANATIONS } from '@catwalk/contract/openapi';
import { type ErrorCode, isRetryable } from '@catwalk/core';
import type { RequestHandler } from 'express';
import { answerPage, escapeHtml } from '../answer-page.js';

/** `GET /docs/errors`: every code that a refusal or a failed try-on may carry. `#<code>` leads to it. */
export function getErrorDocs(): RequestHandler {
  const problems = Object.entries(PROBLEM_EXPLANATIONS).map(([code, explanation]) => {
    const { status, retryable } = PROBLEMS[code as ProblemCode];
    return section(code, `${status}, ${repeatable(retryable)}`, explanation);
  });
  const jobErrors = Object.entries(JOB_ERROR_EXPLANATIONS).map(([code, explanation]) =>
    section(code, repeatable(isRetryable(code as ErrorCode)), explanation),
  );
  const body = `<main>
<h1>Error codes</h1>
<p><a href="../docs">The API</a></p>
<h2>Refused requests</h2>
<p>The <code>code</code> of a problem document (<code>application/problem+json</code>).</p>
${problems.join('\n')}
<h2>Failed try-ons</h2>
<p>The <code>error.code</code> of a try-on whose status is <code>failed</code>.</p>
${jobErrors.join('\n')}
</main>`;
  const head = '<link rel="stylesheet" href="page.css">';
  return (_request, response) => answerPage(response, { title: 'Catwalk error codes', head, body });
}

function repeatable(retryable: boolean): string {
  return retryable ? 'the same may succeed later' : 'the same will not succeed later';
}

function section(code: string, facts: string, { meaning, advice }: Explanation): string {
  return `<section id="${code}">
<h3><a href="#${code}">${code}</a> <small>${facts}</small></h3>
<p>${escapeHtml(meaning)}</p>
<p>${escapeHtml(advice)}</p>
</section>`;
}
