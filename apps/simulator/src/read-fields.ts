import type { IncomingMessage } from 'node:http';
import busboy from 'busboy';
import { BodyTooLarge, readBody } from './read-body.js';

export type ReadFields = { fields: Record<string, unknown> } | { status: number; error: string };

const bodyBytesMax = 1_048_576;

/** The submit takes JSON or a form. */
export async function readFields(request: IncomingMessage): Promise<ReadFields> {
  const contentType = request.headers['content-type'] ?? '';
  try {
    if (/^application\/json\b/i.test(contentType)) return parseJson(await readBody(request, bodyBytesMax));
    if (/^multipart\/form-data\b/i.test(contentType)) return { fields: await readForm(request) };
  } catch (fault) {
    if (fault instanceof BodyTooLarge) return { status: 413, error: 'Request body is too large' };
    if (fault instanceof FormError) return { status: 400, error: fault.message };
    throw fault;
  }
  return {
    status: 400,
    error: `Content-Type ${contentType || '(none)'} is not supported. Valid values: application/json, multipart/form-data`,
  };
}

function parseJson(body: Buffer): ReadFields {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { fields: value as Record<string, unknown> };
    }
  } catch {
    // Falls through to the one answer for everything that is not a JSON object.
  }
  return { status: 400, error: 'Request body must be a valid JSON object' };
}

function readForm(request: IncomingMessage): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const fields: Record<string, unknown> = Object.create(null);
    const refuse = (): void => reject(new FormError('Request body is not a valid multipart/form-data form'));
    let form: busboy.Busboy;
    try {
      form = busboy({ headers: request.headers, limits: { fieldSize: 65_536, fields: 50, parts: 60 } });
    } catch {
      refuse();
      return;
    }
    form.on('field', (name, value) => {
      fields[name] = value;
    });
    form.on('file', (name, stream) => {
      stream.resume();
      reject(new FormError(`Parameter ${name} must be a URL, not a file`));
    });
    form.on('error', refuse);
    form.on('close', () => resolve(fields));
    request.on('aborted', refuse);
    request.pipe(form);
  });
}

class FormError extends Error {}
