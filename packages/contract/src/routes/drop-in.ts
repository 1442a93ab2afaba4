import { dropInRequestSchema, dropInTaskSchema } from '../drop-in.js';
import { dressRequest, exampleTask } from '../openapi/examples.js';
import { BODY_REFUSALS, type Operation } from '../openapi/operation.js';
import { idempotencyKey } from '../openapi/parameters.js';

const tag = 'Drop-in';
const access = 'key';
const refusedIn = 'provider';
const task = { name: 'DropInTask', schema: dropInTaskSchema, example: exampleTask };

/** The routes that are shaped as the provider's own. */
export const dropInOperations: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/kling/images/virtual-try-on',
    id: 'submitDropIn',
    tag,
    access,
    refusedIn,
    summary: 'Make a try-on as at the provider',
    description:
      'As tolerant as the provider: unknown fields are ignored, `null` and `""` mean absent, numbers may be strings.',
    parameters: [
      idempotencyKey,
      {
        name: 'email',
        in: 'query',
        description: 'The account to use; the body’s own wins.',
        schema: { type: 'string' },
      },
    ],
    body: {
      name: 'DropInRequest',
      schema: dropInRequestSchema,
      required: true,
      types: ['application/json', 'multipart/form-data'],
      examples: { 'A dress': dressRequest },
    },
    answers: {
      200: {
        description: 'Accepted; `task.id` is a number of Catwalk’s own.',
        ...task,
        headers: ['Idempotent-Replayed'],
      },
    },
    refusals: [...BODY_REFUSALS, 'idempotency_key_reused'],
  },
  {
    method: 'get',
    path: '/v1/kling/tasks/{task_id}',
    id: 'getDropInTask',
    tag,
    access,
    refusedIn,
    summary: 'Read a task as at the provider',
    parameters: [
      {
        name: 'task_id',
        in: 'path',
        description: 'The `task.id` of the answer that made it.',
        schema: { type: 'string' },
        example: '25',
      },
    ],
    answers: { 200: { description: 'As it is now.', ...task } },
    refusals: ['try_on_not_found'],
  },
];
