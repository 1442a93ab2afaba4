#!/usr/bin/env node
// Stands in the repository as it is, so that an install can link it before anything is built.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  console.error('catwalk is not built yet: `npm start` or `npm run build` does it');
  process.exitCode = 1;
}
