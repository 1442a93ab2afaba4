/** What a submit asks for, after the rules of the provider's page. */
export type TryOnRequest = {
  email: string | null;
  humanImage: string;
  dressInput: string | null;
  upperInput: string | null;
  lowerInput: string | null;
  imageCount: number;
  maxJobs: number | null;
  replyUrl: string | null;
  replyRef: string | null;
};

export type ParsedTryOnRequest = { request: TryOnRequest } | { error: string };

const textMax = 1024;
const urlMax = 4096;

/** Unknown fields are ignored, null and "" mean absent, numbers may be strings (forms have nothing else). */
export function parseTryOnRequest(fields: Record<string, unknown>): ParsedTryOnRequest {
  try {
    return { request: readRequest(fields) };
  } catch (fault) {
    if (fault instanceof FieldError) return { error: fault.message };
    throw fault;
  }
}

function readRequest(fields: Record<string, unknown>): TryOnRequest {
  const humanImage = readUrl(fields, 'humanImage', urlMax);
  if (humanImage === null) throw new FieldError('Parameter humanImage is required');
  const garments = {
    dressInput: readUrl(fields, 'dressInput', urlMax),
    upperInput: readUrl(fields, 'upperInput', urlMax),
    lowerInput: readUrl(fields, 'lowerInput', urlMax),
  };
  checkGarments(garments);
  return {
    email: readText(fields, 'email'),
    humanImage,
    ...garments,
    imageCount: readWhole(fields, 'imageCount', 1, 4) ?? 1,
    maxJobs: readWhole(fields, 'maxJobs', 1, 50),
    replyUrl: readUrl(fields, 'replyUrl', textMax),
    replyRef: readText(fields, 'replyRef'),
  };
}

function checkGarments(garments: Pick<TryOnRequest, 'dressInput' | 'upperInput' | 'lowerInput'>): void {
  const { dressInput, upperInput, lowerInput } = garments;
  if (dressInput === null && upperInput === null && lowerInput === null) {
    throw new FieldError('At least one of dressInput, upperInput or lowerInput must be provided');
  }
  if (dressInput !== null && (upperInput !== null || lowerInput !== null)) {
    throw new FieldError('Parameter dressInput is incompatible with upperInput and lowerInput');
  }
}

function present(fields: Record<string, unknown>, name: string): unknown {
  const value = Object.hasOwn(fields, name) ? fields[name] : null;
  return value === undefined || value === '' ? null : value;
}

function readText(fields: Record<string, unknown>, name: string): string | null {
  const value = present(fields, name);
  if (value === null) return null;
  if (typeof value !== 'string') throw new FieldError(`Parameter ${name} must be a string`);
  if (value.length > textMax) {
    throw new FieldError(`Parameter ${name} exceeds the maximum length of ${textMax} characters`);
  }
  return value;
}

function readUrl(fields: Record<string, unknown>, name: string, lengthMax: number): string | null {
  const value = present(fields, name);
  if (value === null) return null;
  if (typeof value !== 'string' || !/^https?:\/\//i.test(value) || !URL.canParse(value)) {
    throw new FieldError(`Parameter ${name} must be a valid http/https URL`);
  }
  if (value.length > lengthMax) {
    throw new FieldError(`Parameter ${name} exceeds the maximum length of ${lengthMax} characters`);
  }
  return value;
}

function readWhole(fields: Record<string, unknown>, name: string, min: number, max: number): number | null {
  const value = present(fields, name);
  if (value === null) return null;
  const text = typeof value === 'number' ? String(value) : value;
  const whole = typeof text === 'string' && /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (!(whole >= min && whole <= max)) {
    throw new FieldError(`Parameter ${name} must be an integer in the range ${min}..${max}`);
  }
  return whole;
}

class FieldError extends Error {}
