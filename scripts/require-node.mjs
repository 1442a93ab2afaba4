import { StepFailed } from './run-step.mjs';

/** Fails with one sentence on a Node.js that cannot run what is installed here. */
export function requireNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  const isSupported = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (!isSupported) {
    throw new StepFailed(`Catwalk needs Node.js 20.19 or newer (of 22: 22.12 or newer); this is ${version}.`);
  }
}
