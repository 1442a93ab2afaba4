import type { IncomingMessage } from 'node:http';
import busboy from 'busboy';
import { ProblemError } from './problem-error.js';
import { BODY_BYTES_MAX, readBody } from './read-body.js';

/** Reads a `multipart/form-data` body of text fields. A field sent twice, and a file, are refused by name. */
export async function readForm(request: IncomingMessage): Promise<Record<string, unknown>> {
  const bytes = await readBody(request);
  return new Promise((resolve, reject) => {
    const fields: Record<string, unknown> = Object.create(null);
    const refuse = (detail: string) => reject(new ProblemError('invalid_request', detail));
    const parser = openParser(request);
    parser
      .on('field', (name, value) => {
        if (Object.hasOwn(fields, name)) refuse(`${name} must not stand twice`);
        fields[name] = value;
      })
      .on('file', (name, stream) => {
        stream.resume();
        refuse(`${name} must be a URL, files are not taken here`);
      })
      .on('error', () => refuse('The form cannot be read'))
      .on('close', () => resolve(fields))
      .end(bytes);
  });
}

function openParser(request: IncomingMessage): busboy.Busboy {
  try {
    return busboy({ headers: request.headers, limits: { fieldSize: BODY_BYTES_MAX } });
  } catch {
    throw new ProblemError('invalid_request', 'The form cannot be read');
  }
}
