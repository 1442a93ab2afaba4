import type { GuardedAnswer, GuardedClient } from '@catwalk/infra/outbound';
import sharp from 'sharp';

/** An input that cannot be used, in the provider's words: the task fails with them. */
export class InputFault extends Error {}

export type InputBounds = { timeoutMs: number; bytesMax: number; pixelsMax: number };

/** Formats that are drawn from pixels only: an SVG could name files and addresses of this machine. */
const formats = ['png', 'jpeg', 'webp'];

export async function loadInput(
  client: GuardedClient,
  url: string,
  bounds: InputBounds,
  stopping: AbortSignal,
): Promise<Buffer> {
  const { timeoutMs, bytesMax } = bounds;
  const answer = await client.ask({ url, timeoutMs, maxBytes: bytesMax, stopping });
  if (answer.kind !== 'answered') throw new InputFault(`upload resource: ${faultOf(answer)}`);
  if (answer.status < 200 || answer.status > 299)
    throw new InputFault(`upload resource: image download failed with status ${answer.status}`);
  await checkPicture(answer.body, bounds);
  return answer.body;
}

function faultOf(answer: Exclude<GuardedAnswer, { kind: 'answered' }>): string {
  if (answer.reason === 'too_large') return 'image larger than 10MB';
  if (answer.reason === 'timeout') return 'image download timed out';
  return answer.kind === 'refused' ? 'image address not allowed' : 'image download failed';
}

export async function checkPicture(
  bytes: Buffer,
  bounds: Pick<InputBounds, 'pixelsMax'>,
): Promise<{ width: number; height: number; format: string }> {
  const { format, width, height } = await sharp(bytes, { limitInputPixels: bounds.pixelsMax })
    .metadata()
    .catch(() => {
      throw new InputFault('upload resource: image cannot be decoded');
    });
  if (!formats.includes(format))
    throw new InputFault(`upload resource: image format ${format} not supported`);
  return { width, height, format };
}
