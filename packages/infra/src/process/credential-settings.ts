import { z } from 'zod';
import { splitList } from './setting-types.js';

/** A key that may use the API, and the client it stands for. */
export interface NamedKey {
  readonly name: string;
  readonly key: string;
}

/** A provider account that may be used, and how many jobs it runs at a time. */
export interface AccountLimit {
  readonly email: string;
  readonly maxJobs: number;
}

const SECRET_LENGTH_MIN = 32;

/** One or more secrets, newest first: the first signs, all verify. */
export function secretsSetting() {
  return z.string().transform((text, context) => {
    const secrets = splitList(text);
    if (secrets.length === 0 || secrets.some((secret) => secret.length < SECRET_LENGTH_MIN))
      return refuse(
        context,
        `each secret of the comma-separated list must have at least ${SECRET_LENGTH_MIN} characters`,
      );
    return secrets;
  });
}

/** `name:key` entries. A name may stand twice, for rotation; a key may not: whose would it be? */
export function keysSetting() {
  return z.string().transform((text, context) => {
    const keys = splitList(text).map(parseKey);
    if (keys.some((key) => key === null))
      return refuse(
        context,
        `must be comma-separated name:key entries; a name has 1 to 64 of A-Z a-z 0-9 . _ - and a key at least ${SECRET_LENGTH_MIN} characters without spaces`,
      );
    const sound = keys.filter((key) => key !== null);
    if (new Set(sound.map((key) => key.key)).size < sound.length)
      return refuse(context, 'the same key must not stand twice');
    return sound;
  });
}

function parseKey(entry: string): NamedKey | null {
  const match = /^([A-Za-z0-9._-]{1,64}):([\x21-\x7e]+)$/.exec(entry);
  const [, name = '', key = ''] = match ?? [];
  return key.length < SECRET_LENGTH_MIN ? null : { name, key };
}

/** `email:limit` entries, each email once. */
export function accountsSetting() {
  return z.string().transform((text, context) => {
    const accounts = splitList(text).map(parseAccount);
    const sound = accounts.filter((account) => account !== null);
    if (sound.length === 0 || sound.length < accounts.length)
      return refuse(context, 'must be comma-separated email:limit entries with limits from 1 to 50');
    const emails = new Set(sound.map((account) => account.email.toLowerCase()));
    if (emails.size < sound.length) return refuse(context, 'an email must not stand twice');
    return sound;
  });
}

function parseAccount(entry: string): AccountLimit | null {
  const match = /^([^\s:,@]+@[^\s:,@]+):(\d{1,2})$/.exec(entry);
  const maxJobs = Number(match?.[2]);
  if (match?.[1] === undefined || maxJobs < 1 || maxJobs > 50) return null;
  return { email: match[1], maxJobs };
}

function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}
