import { readFileSync, writeFileSync } from 'node:fs';
import { installAndBuildIfNeeded } from './build.mjs';
import { StepFailed } from './run-step.mjs';

const file = 'docs/openapi.json';

/** `npm run openapi`: writes the API's document from the schemas; with `--check` it only says whether it differs. */
export async function run(args) {
  await installAndBuildIfNeeded();
  const { makeOpenApi } = await import('@catwalk/contract/openapi');
  const { version } = JSON.parse(readFileSync('apps/api/package.json', 'utf8'));
  const made = `${JSON.stringify(makeOpenApi(version), null, 2)}\n`;
  if (!args.includes('--check')) {
    writeFileSync(file, made);
    console.log(`wrote ${file}`);
    return;
  }
  if (readFileSync(file, 'utf8') !== made)
    throw new StepFailed(`${file} is not what the schemas make: write it anew with "npm run openapi"`);
}
