// Loaded into a process before its app: breaks one rule of the built product on purpose, to see the report fail.
import { register } from 'node:module';

register('./replace-source.mjs', import.meta.url, { data: JSON.parse(process.env.BROKEN_RULE ?? '[]') });
