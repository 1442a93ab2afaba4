import { hostInUrl } from './serve.js';
import type { PortSetting } from './setting-types.js';
import type { Mode } from './settings-fields.js';

/** The settings that say where Catwalk's parts answer. */
export interface OwnPlaces {
  readonly MODE: Mode;
  readonly PUBLIC_API_URL?: string | undefined;
  readonly PUBLIC_WEBHOOK_URL?: string | undefined;
  readonly USEAPI_BASE_URL?: string | undefined;
  readonly API_HOST: string;
  readonly API_PORT: PortSetting;
  readonly WEBHOOK_HOST: string;
  readonly WEBHOOK_PORT: PortSetting;
  readonly SIMULATOR_PORT: PortSetting;
}

/** Where Catwalk's own parts answer in the sandbox, which clients may always name; in live nowhere. */
export function ownOrigins(places: OwnPlaces): string[] {
  if (places.MODE !== 'sandbox') return [];
  const local = (host: string, { port }: PortSetting) => `http://${hostInUrl(host)}:${port}`;
  const addresses = [
    places.PUBLIC_API_URL ?? local(places.API_HOST, places.API_PORT),
    places.PUBLIC_WEBHOOK_URL ?? local(places.WEBHOOK_HOST, places.WEBHOOK_PORT),
    places.USEAPI_BASE_URL ?? local('127.0.0.1', places.SIMULATOR_PORT),
  ];
  return addresses.map((address) => new URL(address).origin);
}
