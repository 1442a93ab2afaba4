import { parseArgs } from 'node:util';
import { explainStartFailure } from '@catwalk/infra/process';
import { runDoctor } from './run-doctor.js';
import { offerTestImage } from './try-test-image.js';

/** `npm run doctor`: what a start would find, one line per check; exit code 0 if nothing is refused. */
const USAGE = 'usage: npm run doctor -- [--live]';
const WORDS = { ok: 'ok', warn: 'warning', refuse: 'refused' } as const;

try {
  const { values } = parseArgs({ options: { live: { type: 'boolean' } }, strict: true });
  const live = values.live === true;
  const { results, env } = await runDoctor(process.env, { live });
  for (const { severity, check, message } of results)
    console.log(`${WORDS[severity].padEnd(9)}${check.padEnd(21)}${message}`);
  const isRefused = results.some((result) => result.severity === 'refuse');
  if (live && !isRefused && env !== null) console.log(await offerTestImage(env));
  process.exit(isRefused ? 1 : 0);
} catch (error) {
  const isUsage = /^ERR_PARSE_ARGS/.test(String((error as { code?: unknown }).code));
  console.error(isUsage ? USAGE : explainStartFailure('doctor', error));
  process.exit(1);
}
