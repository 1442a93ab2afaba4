import type { IncomingMessage } from 'node:http';
import busboy from 'busboy';
import { ProblemError } from './problem-error.js';
import { RequestAbortedError } from './read-body.js';

/**
 * Reads the one file of a `multipart/form-data` body, whatever its field is called. The rest of a body that is
 * refused is let run past, since a client that is still sending would not read the answer.
 */
export function readFile(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const files: Buffer[] = [];
    const refuse = (error: Error) => {
      request.unpipe();
      request.resume();
      reject(error);
    };
    const invalid = (detail: string) => refuse(new ProblemError('invalid_request', detail));
    const tooLarge = () =>
      refuse(new ProblemError('body_too_large', `The file must have at most ${bytesMax} bytes`));
    const parser = openParser(request, bytesMax);
    if (parser === null) return invalid('The form cannot be read');
    parser
      .on('file', (_name, stream) => {
        const chunks: Buffer[] = [];
        stream
          .on('data', (chunk: Buffer) => chunks.push(chunk))
          .on('limit', tooLarge)
          .on('error', () => invalid('The form cannot be read'))
          .on('end', () => files.push(Buffer.concat(chunks)));
      })
      .on('field', (name) => invalid(`${name} must be a file, and nothing else is taken here`))
      .on('filesLimit', () => invalid('The form must have one file'))
      .on('error', () => invalid('The form cannot be read'))
      .on('close', () => {
        const [file] = files;
        if (file === undefined) invalid('The form must have one file');
        else resolve(file);
      });
    request.once('close', () => {
      if (!request.complete) reject(new RequestAbortedError('the client went away'));
    });
    request.pipe(parser);
  });
}

function openParser(request: IncomingMessage, bytesMax: number): busboy.Busboy | null {
  try {
    return busboy({ headers: request.headers, limits: { files: 1, fileSize: bytesMax, fields: 1 } });
  } catch {
    return null;
  }
}
