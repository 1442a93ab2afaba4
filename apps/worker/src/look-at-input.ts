import { headIsGood, type InputDepth, type InputSight, type InputVerdict, judgeInput } from '@catwalk/core';
import type { GuardedAnswer, GuardedClient } from '@catwalk/infra/outbound';
import { imageDimensionsFromData } from 'image-dimensions';

/** What may be asked of an address, and how much of it is read. */
export interface InputLook {
  readonly url: string;
  readonly depth: InputDepth;
  /** How often it was looked at before. */
  readonly tries: number;
  readonly stopping: AbortSignal;
}

const HEAD_MS = 4_000;
const BYTES_MS = 8_000;
/** What a look takes at most. */
export const LOOK_MS = HEAD_MS + BYTES_MS;
/** A few tell the type of a picture; its sides may stand behind colour profiles and previews. */
const FIRST_BYTES: Readonly<Record<InputDepth, number>> = { head: 4_096, full: 262_144 };

/**
 * Looks at one input image: asks for its head, and where that leaves a doubt, or its sides are wanted, for its
 * first bytes. No picture is unpacked.
 *
 * @returns null: it was broken off
 */
export async function lookAtInput(client: GuardedClient, look: InputLook): Promise<InputVerdict | null> {
  if (look.depth === 'head') {
    const answer = await client.ask({ ...askOf(look), method: 'HEAD', timeoutMs: HEAD_MS });
    if (answer.kind === 'answered' && headIsGood(headOf(answer))) return { kind: 'good' };
    if (answer.kind === 'refused') return judgeInput(toSight(answer, look.depth), look.tries);
  }
  const range = { range: `bytes=0-${FIRST_BYTES[look.depth] - 1}` };
  const answer = await client.ask({ ...askOf(look), headers: range, timeoutMs: BYTES_MS });
  if (answer.kind === 'failed' && answer.reason === 'stopped') return null;
  return judgeInput(toSight(answer, look.depth), look.tries);
}

function askOf({ url, depth, stopping }: InputLook) {
  return { url, maxBytes: FIRST_BYTES[depth], cut: true, stopping };
}

type Answered = Extract<GuardedAnswer, { kind: 'answered' }>;

function headOf({ status, headers }: Answered) {
  return {
    status,
    contentType: String(headers['content-type'] ?? ''),
    bytes: numberOf(headers['content-length']),
  };
}

function toSight(answer: GuardedAnswer, depth: InputDepth): InputSight {
  if (answer.kind === 'answered') {
    const { status, body } = answer;
    const sides = depth === 'full' ? sidesOf(body) : null;
    return { kind: 'answered', status, format: formatOf(body), bytes: wholeSizeOf(answer), sides };
  }
  if (answer.kind === 'refused')
    return { kind: answer.reason === 'private_address' ? 'private_address' : 'unclear' };
  const { reason } = answer;
  return { kind: reason === 'unreachable' || reason === 'timeout' ? reason : 'unclear' };
}

/** By the bytes that each format begins with; what the server calls it is often wrong. */
function formatOf(body: Buffer): 'jpeg' | 'png' | 'webp' | 'other' | 'none' {
  if (body.length === 0) return 'none';
  if (body.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))) return 'jpeg';
  if (body.subarray(0, 8).toString('latin1') === '\x89PNG\r\n\x1a\n') return 'png';
  const isWebp = body.toString('latin1', 0, 4) === 'RIFF' && body.toString('latin1', 8, 12) === 'WEBP';
  return isWebp ? 'webp' : 'other';
}

/** Of the whole picture: behind the range, or the length of an answer that took no notice of the range. */
function wholeSizeOf({ status, headers }: Answered): number | null {
  if (status !== 206) return numberOf(headers['content-length']);
  return numberOf(/\/(\d+)$/.exec(String(headers['content-range'] ?? ''))?.[1]);
}

function numberOf(header: string | string[] | undefined): number | null {
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : null;
}

/** Null where they do not stand in the first bytes, or these are broken: the provider sees the rest. */
function sidesOf(body: Buffer): { readonly width: number; readonly height: number } | null {
  try {
    const sides = imageDimensionsFromData(body);
    return sides === undefined ? null : { width: sides.width, height: sides.height };
  } catch {
    return null;
  }
}
