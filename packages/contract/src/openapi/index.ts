export { type Explanation, JOB_ERROR_EXPLANATIONS, PROBLEM_EXPLANATIONS } from '../explain-errors.js';
export { makeOpenApi } from './make-openapi.js';
export type { JsonObject } from './operation.js';
