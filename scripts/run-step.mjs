import { spawn } from 'node:child_process';

/** A command that did not do its part. The message is one sentence for people; empty when all has been said. */
export class StepFailed extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Runs a program to its end. `quiet` keeps what it writes to itself unless it fails.
 * A Ctrl-C reaches the program by itself, through the terminal; SIGTERM and a SIGINT without a terminal are passed on.
 */
export async function runStep(program, args, { quiet = false, env = {}, failure = '' } = {}) {
  const output = quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit';
  const child = spawn(program, args, { stdio: output, env: { ...process.env, ...env } });
  const said = [];
  for (const stream of quiet ? [child.stdout, child.stderr] : [])
    stream.on('data', (chunk) => said.push(chunk));
  const { code, signal } = await endOf(child);
  if (code === 0) return;
  if (said.length > 0) process.stderr.write(Buffer.concat(said));
  throw new StepFailed(failure, signal ? 128 + signalNumber(signal) : (code ?? 1));
}

async function endOf(child) {
  const pass = (signal) => child.kill(signal);
  const passUnlessTerminal = (signal) => process.stdin.isTTY || child.kill(signal);
  process.on('SIGTERM', pass);
  process.on('SIGINT', passUnlessTerminal);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', (error) =>
        reject(new StepFailed(`${child.spawnfile} could not be started: ${error.message}`)),
      );
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
  } finally {
    process.off('SIGTERM', pass);
    process.off('SIGINT', passUnlessTerminal);
  }
}

function signalNumber(signal) {
  return { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 0;
}
