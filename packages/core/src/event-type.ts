/** What others are told of. New types may be added; a consumer passes over those it does not know. */
export const EVENT_TYPES = [
  'try_on.queued',
  'try_on.submitted',
  'try_on.unconfirmed',
  'try_on.processing',
  'try_on.succeeded',
  'try_on.failed',
  'try_on.canceled',
  'try_on.archived',
  'batch.paused',
  'batch.finished',
  'batch.canceled',
  'account.paused',
  'account.resumed',
  'callbacks.silent',
  'budget.reached',
  'pictures.at_risk',
  'webhook_endpoint.disabled',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

/** Whether something of a job's timeline is also told to others: its changes of status are, its attempts are not. */
export function isEventType(kind: string): kind is EventType {
  return (EVENT_TYPES as readonly string[]).includes(kind);
}
