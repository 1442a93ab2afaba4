import {
  type Delivery,
  type DeliveryKind,
  type DeliveryState,
  deliveryListSchema,
  deliverySchema,
} from '@catwalk/contract';
import { pathOf } from './address.js';
import { type ListOptions, listPages, type Pages } from './pages.js';
import type { CallOptions, Sender } from './request.js';
import { jsonBody } from './request-body.js';

/** Which deliveries of an endpoint are wanted. */
export interface EndpointDeliveryFilter {
  readonly state?: DeliveryState | readonly DeliveryState[] | undefined;
  readonly eventType?: string | undefined;
  readonly tryOnId?: string | undefined;
}

export interface DeliveryFilter extends EndpointDeliveryFilter {
  readonly endpointId?: string | undefined;
  readonly kind?: DeliveryKind | undefined;
}

/** `/v1/deliveries`: what was sent to endpoints, to the `replyUrl` of jobs, and tests. */
export interface Deliveries {
  get(id: string, options?: CallOptions): Promise<Delivery>;
  list(filter?: DeliveryFilter & ListOptions): Pages<Delivery>;
  /** Sends it again, whatever became of it, with the same `webhook-id`. */
  redeliver(id: string, options?: CallOptions): Promise<Delivery>;
}

export function createDeliveries(sender: Sender): Deliveries {
  return {
    get: async (id, options = {}) =>
      sender.send({ ...options, method: 'GET', path: pathOf`/v1/deliveries/${id}` }, deliverySchema),
    list: ({ state, eventType, tryOnId, endpointId, kind, ...options } = {}) =>
      listPages(
        sender,
        {
          path: '/v1/deliveries',
          query: { state, eventType, tryOnId, endpointId, kind },
          schema: deliveryListSchema,
        },
        options,
      ),
    redeliver: async (id, options = {}) => {
      const path = pathOf`/v1/deliveries/${id}/redeliver`;
      return sender.send({ ...options, method: 'POST', path, body: jsonBody({}) }, deliverySchema);
    },
  };
}
