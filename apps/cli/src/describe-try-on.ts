import type { TryOn } from '@catwalk/client';
import { printable } from './print-table.js';

/** A try-on, for people; what it does not have is left out. */
export function tryOnLines(tryOn: TryOn): string[] {
  const { id, status, livemode, customId, batchId, account } = tryOn;
  const facts: readonly (readonly [string, string | null])[] = [
    ['customId', customId],
    ['person', tryOn.humanImage],
    ['dress', tryOn.dressInput],
    ['upper', tryOn.upperInput],
    ['lower', tryOn.lowerInput],
    ...tryOn.images.map(({ url }) => ['image', url] as const),
    ['waits', waitOf(tryOn)],
    ['error', errorOf(tryOn)],
    ['batch', batchId],
    ['account', account],
    ['attempts', tryOn.attempts === 0 ? null : String(tryOn.attempts)],
    ['created', tryOn.createdAt],
    ['submitted', tryOn.submittedAt],
    ['ended', tryOn.finishedAt],
    ['deleted', tryOn.deletedAt],
  ];
  const shown = facts.flatMap(([name, value]) =>
    value === null ? [] : [printable(`  ${name.padEnd(10)}${value}`)],
  );
  return [`${id} ${status}${livemode ? '' : ' (SANDBOX)'}`, ...shown];
}

/** Why a try-on is where it is, in sentences. */
export function whyLines(tryOn: TryOn): string[] {
  const wait = waitOf(tryOn);
  if (wait !== null) return [printable(`${tryOn.status}, waits: ${wait}`)];
  const error = errorOf(tryOn);
  if (error === null) return [`${tryOn.status} at ${tryOn.finishedAt ?? tryOn.updatedAt}`];
  const again = tryOn.error?.retryable === true ? ['a retry may help'] : [];
  return [printable(`${tryOn.status}: ${error}`), ...again];
}

function waitOf({ waitingFor }: TryOn): string | null {
  if (waitingFor === null) return null;
  const { code, since, until, detail } = waitingFor;
  return `${code}, since ${since}${until === null ? '' : `, until ${until}`}: ${detail}`;
}

function errorOf({ error }: TryOn): string | null {
  if (error === null) return null;
  const said = error.providerMessage === null ? '' : ` (the provider says: ${error.providerMessage})`;
  return `${error.code}: ${error.message}${said}`;
}
