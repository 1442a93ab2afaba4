import { type Event, eventListSchema } from '../event.js';
import { eventListQuerySchema, eventStreamQuerySchema } from '../event-query.js';
import { exampleTryOn } from '../openapi/examples.js';
import type { Operation } from '../openapi/operation.js';

const tag = 'Events';
const access = 'key';

const exampleEvent: Event = {
  id: 'evt_7d1f0c1e6a7b4f0f9b1f6f5f9c2d3e4a',
  object: 'event',
  type: 'try_on.succeeded',
  position: 4_711,
  livemode: false,
  client: 'default',
  actor: 'provider',
  createdAt: '2026-11-22T17:22:17.068Z',
  tryOnId: exampleTryOn.id,
  batchId: null,
  account: null,
  details: {},
  data: exampleTryOn,
};

const exampleStream = `id: 4710

id: ${exampleEvent.position}
event: ${exampleEvent.type}
data: ${JSON.stringify({ ...exampleEvent, data: null })}

: still here
id: 4712

event: stream.ended
data: {"reason":"stopping","detail":"Catwalk is being stopped"}

`;

/** The routes of `/v1/events`. */
export const eventOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/events',
    id: 'listEvents',
    tag,
    access,
    summary: 'List events',
    description:
      'Oldest first, your own; an admin sees all. Ask again with `after` at `nextAfter`, and none is missed and none comes twice, in whatever order the changes were made at the same time.',
    query: eventListQuerySchema,
    answers: {
      200: {
        description: 'A page.',
        name: 'EventList',
        schema: eventListSchema,
        example: { data: [exampleEvent], nextAfter: exampleEvent.position, hasMore: false },
      },
    },
    refusals: ['invalid_request'],
  },
  {
    method: 'get',
    path: '/v1/events/stream',
    id: 'streamEvents',
    tag,
    access,
    summary: 'Follow events as they happen',
    description:
      'Server-sent events: `event` is the type, `data` the event in one line of JSON, `id` its position. A connection that broke is opened again with `Last-Event-ID`, and none is missed and none comes twice. A comment every 15 s shows that it lives; `id` alone says up to where nothing else was for you. It ends with `stream.ended`, which has no id, when you take nothing for half a minute (`too_slow`), when this process stops (`stopping`) or the database is away (`unavailable`). 20 streams of a client may be open.',
    query: eventStreamQuerySchema,
    parameters: [
      {
        name: 'Last-Event-ID',
        in: 'header',
        description: 'The position behind which to go on.',
        schema: { type: 'string', pattern: '^\\d{1,16}$' },
        example: '4711',
      },
    ],
    answers: {
      200: { description: 'Events as they happen.', type: 'text/event-stream', example: exampleStream },
    },
    refusals: ['invalid_request', 'too_many_requests'],
  },
];
