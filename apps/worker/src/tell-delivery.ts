import type { DeliveryOutcome } from '@catwalk/infra/postgres';
import type { Logger } from '@catwalk/infra/process';
import type { WrittenDelivery } from './write-deliveries.js';

/** One line for each POST. The path of an address may be as secret as its query: the server's name is enough. */
export function tellDelivery(
  logger: Logger,
  { claimed, url }: WrittenDelivery,
  { verdict, status, error }: DeliveryOutcome,
  durationMs: number,
): void {
  const line = {
    deliveryId: claimed.id,
    kind: claimed.kind,
    endpointId: claimed.endpointId,
    eventType: claimed.eventType,
    host: URL.canParse(url) ? new URL(url).host : null,
    attempts: claimed.attempts,
    outcome: verdict.kind,
    status,
    durationMs: Math.round(durationMs),
  };
  if (verdict.kind === 'delivered') logger.info(line, 'delivery.posted');
  else logger.warn({ ...line, reason: error }, 'delivery.posted');
}
