import { Webhook } from 'standardwebhooks';

/**
 * The headers of the Standard Webhooks specification: who receives it can tell by them that it comes from here and is
 * fresh, and by the id that it comes again.
 *
 * @param secrets what signs, `whsec_…`; several while a secret is being rotated, none for what is not signed
 */
export function signEvent(
  message: { readonly id: string; readonly at: Date; readonly body: string },
  secrets: readonly string[],
): Record<string, string> {
  if (secrets.length === 0) return { 'webhook-id': message.id };
  const signatures = secrets.map((secret) => new Webhook(secret).sign(message.id, message.at, message.body));
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(Math.floor(message.at.getTime() / 1_000)),
    'webhook-signature': signatures.join(' '),
  };
}
