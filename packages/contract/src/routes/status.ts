import { exampleStatus, exampleUsage } from '../openapi/examples.js';
import type { Operation } from '../openapi/operation.js';
import { healthSchema, readinessSchema, statusSchema } from '../status.js';
import { usageQuerySchema, usageSchema } from '../usage.js';

const tag = 'Operation';

/** The routes that tell how the installation stands. */
export const statusOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/status',
    id: 'getStatus',
    tag,
    access: 'key',
    summary: 'Read how it stands',
    description: 'Your own try-ons by status; an admin sees all, and the accounts.',
    answers: {
      200: { description: 'At this moment.', name: 'Status', schema: statusSchema, example: exampleStatus },
    },
    refusals: ['invalid_request'],
  },
  {
    method: 'get',
    path: '/v1/usage',
    id: 'getUsage',
    tag,
    access: 'key',
    summary: 'Sum up what was submitted and billed',
    description: 'Your own; an admin’s is that of all.',
    query: usageQuerySchema,
    answers: {
      200: { description: 'Of the range.', name: 'Usage', schema: usageSchema, example: exampleUsage },
    },
    refusals: ['invalid_request', 'too_many_requests'],
  },
  {
    method: 'get',
    path: '/healthz',
    id: 'getHealth',
    tag,
    access: 'anyone',
    summary: 'Ask whether the process lives',
    answers: {
      200: { description: 'It lives.', name: 'Health', schema: healthSchema, example: { status: 'ok' } },
    },
    refusals: [],
  },
  {
    method: 'get',
    path: '/readyz',
    id: 'getReadiness',
    tag,
    access: 'local',
    summary: 'Ask whether Postgres answers',
    description: 'A queue that is down changes nothing: jobs are accepted, and carried later.',
    answers: {
      200: {
        description: 'It answers.',
        name: 'Readiness',
        schema: readinessSchema,
        example: { status: 'ok', postgres: 'up', queue: 'up' },
      },
    },
    refusals: ['unavailable'],
  },
];
