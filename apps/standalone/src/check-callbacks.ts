import type { CheckResult } from '@catwalk/infra/process';

const check = 'callbacks';
const ANSWER_BOUND_MS = 5_000;

/** Whether the webhook app answers at the address that the provider is given. From here; from outside only a callback proves it. */
export async function checkCallbacks(publicWebhookUrl: string | null): Promise<CheckResult> {
  if (publicWebhookUrl === null)
    return {
      check,
      severity: 'warn',
      code: 'callbacks_off',
      message: 'PUBLIC_WEBHOOK_URL is not set, so results are found by asking, which takes longer',
    };
  const said = await askHealth(publicWebhookUrl);
  if (said === 'ok')
    return { check, severity: 'ok', code: 'callbacks', message: `${publicWebhookUrl} answers as ours` };
  return {
    check,
    severity: 'warn',
    code: 'webhook_unreachable',
    message: `${publicWebhookUrl}/healthz ${said}: start Catwalk, and check that the proxy in front passes it on and strips its path prefix (PUBLIC_WEBHOOK_URL)`,
  };
}

async function askHealth(publicWebhookUrl: string): Promise<string> {
  try {
    const response = await fetch(`${publicWebhookUrl}/healthz`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_BOUND_MS),
    });
    const text = await response.text();
    if (response.status !== 200) return `answers ${response.status}`;
    return text.replace(/\s/g, '') === '{"status":"ok"}' ? 'ok' : 'is answered by something else';
  } catch {
    return 'does not answer';
  }
}
