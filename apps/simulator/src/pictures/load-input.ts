import sharp from 'sharp';

/** An input that cannot be used, in the provider's words: the task fails with them. */
export class InputFault extends Error {}

export type InputBounds = { timeoutMs: number; bytesMax: number; pixelsMax: number };

/** Formats that are drawn from pixels only: an SVG could name files and addresses of this machine. */
const formats = ['png', 'jpeg', 'webp'];

export async function loadInput(url: string, bounds: InputBounds, stopping: AbortSignal): Promise<Buffer> {
  const bytes = await download(url, bounds, stopping);
  await checkPicture(bytes, bounds);
  return bytes;
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

async function download(url: string, bounds: InputBounds, stopping: AbortSignal): Promise<Buffer> {
  const timeout = AbortSignal.timeout(bounds.timeoutMs);
  try {
    const response = await fetch(url, { signal: AbortSignal.any([timeout, stopping]) });
    if (!response.ok) {
      await response.body?.cancel();
      throw new InputFault(`upload resource: image download failed with status ${response.status}`);
    }
    return await readBounded(response, bounds.bytesMax);
  } catch (fault) {
    if (fault instanceof InputFault) throw fault;
    throw new InputFault(
      timeout.aborted
        ? 'upload resource: image download timed out'
        : 'upload resource: image download failed',
    );
  }
}

async function readBounded(response: Response, bytesMax: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (response.body === null) return Buffer.alloc(0);
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new InputFault('upload resource: image larger than 10MB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
