import { pino } from 'pino';
import { ConfigError, parseConfig, type SimulatorConfig } from './config.js';
import { createSimulator, type Simulator } from './create-simulator.js';

const closeMsMax = 5_000;

async function main(): Promise<void> {
  const { logLevel, ...options } = readConfig();
  const simulator = createSimulator({ ...options, log: pino({ level: logLevel }) });
  const { url } = await simulator.start();
  console.log(`simulator at ${url}/v1/kling, dials at ${url}/control/dials`);
  closeOnSignal(simulator);
}

function readConfig(): SimulatorConfig {
  try {
    return parseConfig(process.argv.slice(2), process.env);
  } catch (fault) {
    if (!(fault instanceof ConfigError)) throw fault;
    console.error(fault.message);
    process.exit(1);
  }
}

function closeOnSignal(simulator: Simulator): void {
  const close = (): void => {
    setTimeout(() => process.exit(1), closeMsMax).unref();
    void simulator.close().then(() => process.exit(0));
  };
  process.once('SIGINT', close);
  process.once('SIGTERM', close);
}

main().catch((fault: unknown) => {
  console.error((fault as NodeJS.ErrnoException).message);
  process.exit(1);
});
