import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, keepAccounts, openDatabase } from '@catwalk/infra/postgres';
import { createLogger } from '@catwalk/infra/process';
import { afterAll } from 'vitest';
import { type ApiConfig, contextFromConfig, createApi } from '../src/index.js';

export const garment = {
  humanImage: 'https://pictures.example/person.jpg',
  dressInput: 'https://pictures.example/dress.jpg',
};

/** An API on a database of the file's own, with two accounts; closed after the file. */
export async function startApi(
  databaseUrl: string,
  config: Partial<ApiConfig> = {},
): Promise<{
  url: string;
  database: Database;
  wakes: () => number;
  request: (path: string, init?: RequestInit) => Promise<Answer>;
  post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Answer>;
  lines: string[];
}> {
  const database = openDatabase({ url: databaseUrl, poolMax: 8 });
  await keepAccounts(
    database,
    new Map([
      ['anna@example.com', 2],
      ['ben@example.com', 5],
    ]),
  );
  let wakes = 0;
  const wake = () => {
    wakes += 1;
  };
  const carrier = { wake, ping: async () => undefined, close: async () => undefined };
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = createLogger({ app: 'api', level: 'info', destination });
  const api = createApi(
    contextFromConfig({ ...defaults(databaseUrl), ...config }, { database, carrier, logger }),
  );
  const { url } = await api.start();
  afterAll(async () => {
    await api.close();
    await database.close();
  });
  const request = (path: string, init: RequestInit = {}) => ask(`${url}${path}`, init);
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { url, database, wakes: () => wakes, request, post, lines };
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers are judged by the tests, field by field
  body: any;
}

async function ask(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
}

export function defaults(databaseUrl: string): ApiConfig {
  return {
    mode: 'sandbox',
    databaseUrl,
    redisUrl: undefined,
    host: '127.0.0.1',
    port: { port: 0, isDefault: false },
    publicApiUrl: undefined,
    allowPrivateAddresses: false,
    ownOrigins: [],
    publicWebhookUrl: 'https://hooks.example',
    provider: null,
    pictures: { kind: 'disk', folder: join(tmpdir(), `catwalk-pictures-${process.pid}`) },
    apiKeys: [],
    adminKeys: [],
    imagePrice: null,
    logLevel: 'info',
  };
}

export const keys = {
  anna: 'anna-key-0123456789-0123456789-0123456789',
  ben: 'ben-key-0123456789-0123456789-0123456789',
  admin: 'admin-key-0123456789-0123456789-0123456789',
};

export const keyed: Partial<ApiConfig> = {
  apiKeys: [
    { name: 'anna', key: keys.anna },
    { name: 'ben', key: keys.ben },
  ],
  adminKeys: [{ name: 'ada', key: keys.admin }],
};

export function as(name: keyof typeof keys): Record<string, string> {
  return { authorization: `Bearer ${keys[name]}` };
}
