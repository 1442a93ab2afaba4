/** An event that a person should know of at once. */
export interface AlertEvent {
  readonly type: string;
  readonly client: string | null;
  readonly account: string | null;
  readonly tryOnId: string | null;
  readonly batchId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);
const because = (value: unknown) => (textOf(value) === null ? '' : `: ${textOf(value)}`);

/** What is an alert, and what it says. Each kind is told at most once a minute. */
const ALERTS: Readonly<Record<string, (event: AlertEvent) => string>> = {
  'account.paused': ({ account, data }) =>
    account === null
      ? `Everything is paused${because(data.reason)}`
      : `Account ${account} is paused${because(data.reason)}`,
  'callbacks.silent': () =>
    'Callbacks are silent: the last results were all found by asking. Check PUBLIC_WEBHOOK_URL, the proxy in front of it and CALLBACK_SECRET',
  'batch.paused': ({ batchId, client, data }) =>
    `Batch ${batchId} of ${client} is paused${because(data.reason)}`,
  'batch.finished': ({ batchId, client }) => `Batch ${batchId} of ${client} is finished`,
  'budget.reached': ({ batchId, client, data }) =>
    `The limit of ${data.limitImages} images ${limited(batchId, client)} is reached: what is over waits`,
  'pictures.at_risk': ({ tryOnId, data }) =>
    `A picture of ${tryOnId} ${data.lost === true ? 'is lost' : 'could not be archived yet'}${because(data.reason)}`,
  'webhook_endpoint.disabled': ({ client, data }) =>
    `Webhook endpoint ${data.webhookEndpointId} of ${client} was disabled${because(WHY_DISABLED[String(data.reason)])}`,
};

const WHY_DISABLED: Readonly<Record<string, string>> = {
  gone: 'it answered 410',
  failing: 'nothing has arrived there for days',
};

function limited(batchId: string | null, client: string | null): string {
  if (batchId !== null) return `of batch ${batchId}`;
  return client === null ? 'of all for this day' : `of ${client} for this day`;
}

/** The types of events that are alerts. */
export const ALERT_TYPES: readonly string[] = Object.keys(ALERTS);

/** An alert in one sentence; null for what is none. */
export function explainAlert(event: AlertEvent): string | null {
  return Object.hasOwn(ALERTS, event.type) ? (ALERTS[event.type]?.(event) ?? null) : null;
}

/** Sentences that one alert holds at most; the rest is counted. */
const SENTENCES_MAX = 20;

/** What is told together. */
export function joinAlerts(sentences: readonly string[], livemode: boolean): string {
  const shown = sentences.slice(0, SENTENCES_MAX);
  const more = sentences.length - shown.length;
  const lines = more === 0 ? shown : [...shown, `and ${more} more like these`];
  return `Catwalk${livemode ? '' : ' (sandbox)'}: ${lines.join('\n')}`;
}
