import type { ChangeWebhookEndpoint } from '@catwalk/contract';
import { judgeAddress } from '@catwalk/infra/outbound';
import type { Api } from './app.js';
import type { Caller } from './authenticate.js';
import { createAddressJudge } from './judge-addresses.js';
import { invalidRequest } from './problem-error.js';

/**
 * Refuses an endpoint that could not be sent to, or would be told what its caller may not see.
 *
 * @throws ProblemError naming each field
 */
export function judgeEndpoint(
  { context }: Api,
  caller: Caller,
  { url, allClients }: Pick<ChangeWebhookEndpoint, 'url' | 'allClients'>,
): void {
  const judge = createAddressJudge(context.config);
  const issues =
    url === undefined ? [] : judge({ replyUrl: url }).map((issue) => ({ ...issue, path: 'url' }));
  if (url !== undefined && issues.length === 0 && judgeAddress(url) === 'port')
    issues.push({ path: 'url', message: 'must not name a port below 1024 other than 80 and 443' });
  if (allClients === true && !caller.admin) issues.push({ path: 'allClients', message: 'is for admin keys' });
  if (issues.length > 0) throw invalidRequest(issues);
}
