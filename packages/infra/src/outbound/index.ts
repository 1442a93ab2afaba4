export {
  createGuardedClient,
  type GuardedAnswer,
  type GuardedClient,
  type GuardedClientOptions,
  type GuardedRequest,
} from './create-guarded-client.js';
export { isPublicAddress } from './is-public-address.js';
export { type AddressRefusal, judgeAddress } from './judge-address.js';
export { isLoopback, isOfOrigin, isPrivate } from './private-address.js';
