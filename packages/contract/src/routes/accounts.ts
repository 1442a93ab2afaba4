import { accountListSchema, accountSchema, pauseSchema, pauseStateSchema, resumeSchema } from '../account.js';
import { exampleAccount } from '../openapi/examples.js';
import { BODY_REFUSALS, type Operation, type Parameter } from '../openapi/operation.js';

const tag = 'Accounts';
const access = 'admin';

const email: Parameter = {
  name: 'email',
  in: 'path',
  description: 'The account.',
  schema: { type: 'string' },
  example: 'anna@example.com',
};
const pause = {
  name: 'Pause',
  schema: pauseSchema,
  required: false,
  examples: { 'With a reason': { reason: 'Credits are being topped up' } },
};
const resume = { name: 'Resume', schema: resumeSchema, required: false, examples: { 'No field': {} } };
const account = { name: 'Account', schema: accountSchema };
const pauseState = { name: 'PauseState', schema: pauseStateSchema };
const paused = {
  since: '2026-11-22T17:22:14.993Z',
  actor: 'default',
  reason: 'Credits are being topped up',
};

/** The provider's accounts, and what a person may hold back. */
export const accountOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/accounts',
    id: 'listAccounts',
    tag,
    access,
    summary: 'List the accounts',
    answers: {
      200: {
        description: 'All of them.',
        name: 'AccountList',
        schema: accountListSchema,
        example: { data: [exampleAccount] },
      },
    },
    refusals: ['invalid_request'],
  },
  {
    method: 'post',
    path: '/v1/accounts/{email}/pause',
    id: 'pauseAccount',
    tag,
    access,
    summary: 'Pause an account',
    description: 'Nothing is submitted on it until a person resumes it. What runs goes on.',
    parameters: [email],
    body: pause,
    answers: {
      200: {
        description: 'Paused.',
        ...account,
        example: { ...exampleAccount, paused: { by: 'person', until: null, ...paused } },
      },
    },
    refusals: [...BODY_REFUSALS, 'account_not_found'],
  },
  {
    method: 'post',
    path: '/v1/accounts/{email}/resume',
    id: 'resumeAccount',
    tag,
    access,
    summary: 'Resume an account',
    description: 'Ends a person’s pause, and that of a fault: the next job tries at once.',
    parameters: [email],
    body: resume,
    answers: { 200: { description: 'Resumed.', ...account, example: exampleAccount } },
    refusals: [...BODY_REFUSALS, 'account_not_found'],
  },
  {
    method: 'post',
    path: '/v1/pause',
    id: 'pauseEverything',
    tag,
    access,
    summary: 'Pause everything',
    description:
      'Nothing is submitted after the answer, by any worker, until it is resumed. What runs goes on.',
    body: pause,
    answers: { 200: { description: 'Paused.', ...pauseState, example: { object: 'pause', paused } } },
    refusals: BODY_REFUSALS,
  },
  {
    method: 'post',
    path: '/v1/resume',
    id: 'resumeEverything',
    tag,
    access,
    summary: 'Resume everything',
    description: 'Accounts that are paused stay so.',
    body: resume,
    answers: { 200: { description: 'Resumed.', ...pauseState, example: { object: 'pause', paused: null } } },
    refusals: BODY_REFUSALS,
  },
];
