import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brokenRules } from './break-rules.js';
import { faults } from './list-faults.js';
import { formatFigures, formatLine, formatTable, isGreen, legend } from './print-report.js';
import { formatProof, proveRule, rowOf } from './prove-report.js';
import { recordOperations } from './record-operations.js';
import { listenForSignals } from './rig/close-on-signal.js';
import { startGround } from './rig/start-ground.js';
import { hasRedisServer } from './rig/start-redis.js';
import { addToSnapshot } from './rows/crash-worker.js';
import { chooseRuns, runAtOnce, runFaults } from './run-faults.js';
import type { RowResult } from './run-row.js';

const root = fileURLToPath(new URL('..', import.meta.url));

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    'at-once': { type: 'string' },
    prove: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

/** Exit code 1 when any row is red. */
async function main(): Promise<void> {
  const { quick, only, seed } = values;
  if (values.prove) return prove();
  if (values.record) return record();
  const runs = chooseRuns(faults, { quick, only });
  if (runs.length === 0) throw new Error(`no row is called "${only}"`);
  const atOnce = Number(values['at-once'] ?? (quick ? 5 : 4));
  const logFolder = makeLogFolder();
  const startedAt = performance.now();
  const ground = await startGround();
  try {
    const about = `seed ${seed}, ${cpus().length} cores, Node.js ${process.versions.node}, PostgreSQL ${ground.version}`;
    console.log(`${runs.length} rows, ${atOnce} at a time; ${about}; logs in ${logFolder}`);
    const options = { quick, seed, ground, logFolder, atOnce };
    const results = await runFaults(runs, options, (result) => console.log(formatLine(result)));
    const took = `${((performance.now() - startedAt) / 60_000).toFixed(1)} minutes`;
    console.log(`\n${formatTable(results)}\n\n${formatFigures(results)}\n\n${about}; ${took}`);
    if (values.write) writeReport(results, `${about}; ${took}`);
    if (results.every(isGreen)) rmSync(logFolder, { recursive: true, force: true });
    else process.exitCode = 1;
  } finally {
    await ground.close();
  }
}

/** Breaks one rule after the other; exit code 1 when a row did not notice. */
async function prove(): Promise<void> {
  const rules = brokenRules.filter((rule) => rule.name.includes(values.only));
  const logFolder = makeLogFolder();
  const ground = await startGround();
  try {
    const backend = hasRedisServer ? ('redis' as const) : ('postgres' as const);
    const options = { quick: true, seed: values.seed, ground, logFolder, backend };
    console.log(`${rules.length} broken rules, seed ${values.seed}; logs in ${logFolder}`);
    await runAtOnce(rules, Number(values['at-once'] ?? 2), async (rule) => {
      const proof = await proveRule(rule, rowOf(rule), options);
      console.log(formatProof(proof));
      if (!proof.noticed) process.exitCode = 1;
    });
  } finally {
    await ground.close();
  }
}

/** Lists the operations at which a worker is killed. */
async function record(): Promise<void> {
  const ground = await startGround();
  try {
    for (const backend of ['redis', 'postgres'] as const) {
      const operations = await recordOperations(ground, backend, makeLogFolder(), 3);
      addToSnapshot(backend, operations);
      console.log(`${backend}: ${operations.length} operations`);
    }
  } finally {
    await ground.close();
  }
}

function makeLogFolder(): string {
  const folder = join(tmpdir(), `catwalk-faults-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

function writeReport(results: readonly RowResult[], about: string): void {
  const again = `npm run faults -- ${values.quick ? '--quick ' : ''}--seed ${values.seed}`;
  const tables = `${formatTable(results)}\n\n## Figures\n\n${formatFigures(results)}`;
  const text = `# Fault report\n\n${legend}\n\nMade by \`${again}\` (${about}).\n\n${tables}\n`;
  writeFileSync(join(root, 'docs/fault-report.md'), text);
  writeFileSync(join(root, 'docs/fault-report.json'), `${JSON.stringify({ about, results }, null, 2)}\n`);
}

listenForSignals();
await main();
