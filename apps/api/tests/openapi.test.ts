import { readFileSync } from 'node:fs';
import { PROBLEMS } from '@catwalk/contract';
import { JOB_ERROR_EXPLANATIONS } from '@catwalk/contract/openapi';
import { ERROR_CODES } from '@catwalk/core';
import { databaseForFile } from '@catwalk/testkit';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { appWithoutPostgres } from './app-without-postgres.js';
import { judgeExamples, readDocumented } from './documented.js';
import { keyed, startApi } from './start-api.js';

const database = await databaseForFile();
const api = await startApi(database.url, keyed);
const get = async (path: string) => {
  const response = await fetch(`${api.url}${path}`);
  return { status: response.status, headers: response.headers, text: await response.text() };
};
const served = JSON.parse((await get('/openapi.json')).text);

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(served));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
  });

  it('is the one that is kept in docs; npm run openapi writes that', () => {
    const kept = new URL('../../../docs/openapi.json', import.meta.url);
    expect(served).toEqual(JSON.parse(readFileSync(kept, 'utf8')));
  });

  it('describes every route the API has, and no other', async () => {
    const { app, close } = appWithoutPostgres();
    const routes = app.router.stack.flatMap(({ route }) =>
      route === undefined
        ? []
        : route.stack.flatMap(({ method }) =>
            method === undefined ? [] : [`${method} ${route.path.replace(/:(\w+)/g, '{$1}')}`],
          ),
    );
    await close();
    const described = readDocumented(served).operations.map(({ method, path }) => `${method} ${path}`);
    expect(routes.length).toBeGreaterThan(10);
    expect(described.sort()).toEqual(routes.sort());
  });

  it('has examples that its own schemas allow', () => {
    expect(judgeExamples(served)).toEqual([]);
  });
});

describe('the pages', () => {
  it.each(['/docs', '/docs/errors'])(
    '%s loads its own files alone, and runs nothing inline',
    async (path) => {
      const page = await get(path);
      const policy = page.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/unsafe|\*|http/);
      expect(page.text).not.toMatch(/<script(?! src="docs\/)|<style|\sstyle=|\son\w+=/);
      const files = [...page.text.matchAll(/<(?:script|link)[^>]* (?:src|href)="(?!data:)([^"]+)"/g)];
      expect(files.length).toBeGreaterThan(0);
      for (const [, address = ''] of files) {
        const { pathname, origin } = new URL(address, `${api.url}${path}`);
        expect(origin).toBe(api.url);
        const file = await get(pathname);
        expect([pathname, file.status, file.headers.get('x-content-type-options')]).toEqual([
          pathname,
          200,
          'nosniff',
        ]);
        expect(file.headers.get('content-type')).toMatch(pathname.endsWith('.js') ? /javascript/ : /css/);
      }
    },
  );

  it('/docs has the viewer, and says whether trying is billed', async () => {
    expect((await get('/docs/swagger-ui-bundle.js')).text).toContain('SwaggerUIBundle');
    expect((await get('/docs')).text).toContain('SANDBOX');
  });

  it('/docs/errors explains every code, where the type of a problem points to', async () => {
    const { text } = await get('/docs/errors');
    expect(Object.keys(JOB_ERROR_EXPLANATIONS).sort()).toEqual([...ERROR_CODES].sort());
    for (const code of [...Object.keys(PROBLEMS), ...ERROR_CODES])
      expect(text.split(`id="${code}"`)).toHaveLength(2);
  });

  it.each(['package.json', 'swagger-ui.js', '..%2Fpackage.json', 'swagger-ui-bundle.js.map'])(
    'no other file of the package is served: %s',
    async (name) => {
      expect((await get(`/docs/${name}`)).status).toBe(404);
    },
  );
});
