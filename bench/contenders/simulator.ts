import { createLogger } from '@catwalk/infra/process';
import { type Bill, createSimulator, type SimulatorOptions } from '@catwalk/simulator';

/** A task as the provider saw it; times in milliseconds of its clock. */
export interface SeenTask {
  readonly taskId: string;
  readonly account: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** As it was drawn, without what a busy machine added. */
  readonly plannedMs: number;
}

export interface SimulatorReport {
  /** Those that ended, in the order in which they were accepted. */
  readonly tasks: readonly SeenTask[];
  readonly bill: Bill;
}

/** The provider, with the options of the environment's `SIMULATOR`. It remembers every task that ended. */
export async function serveSimulator() {
  const lines: string[] = [];
  const remember = { write: (line: string) => void (line.includes('"task.ended"') && lines.push(line)) };
  const log = createLogger({ app: 'simulator', level: 'info', destination: remember });
  const options: SimulatorOptions = JSON.parse(process.env.SIMULATOR ?? '{}');
  const simulator = createSimulator({ ...options, port: 0, log });
  const { port } = await simulator.start();
  const report = (): SimulatorReport => ({
    tasks: lines.map(readTask).sort((a, b) => (BigInt(a.taskId) < BigInt(b.taskId) ? -1 : 1)),
    bill: simulator.bill(),
  });
  return { port, report, close: () => simulator.close() };
}

function readTask(line: string): SeenTask {
  const { time, taskId, account, plannedMs, durationMs } = JSON.parse(line);
  const endedAt = Date.parse(time);
  return { taskId, account, plannedMs, startedAt: endedAt - durationMs, endedAt };
}
