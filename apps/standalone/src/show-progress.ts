import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  update(done: number): void;
  stop(): void;
}

/** A progress bar in a terminal; without one, a plain line whenever something was done. */
export function showProgress(title: string, total: number): Progress {
  return process.stdout.isTTY ? bar(title, total) : lines(title, total);
}

function bar(title: string, total: number): Progress {
  const single = new SingleBar(
    {
      format: `${title} {bar} {value}/{total}`,
      stream: process.stdout,
      hideCursor: true,
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  single.start(total, 0);
  return { update: (done) => single.update(done), stop: () => single.stop() };
}

function lines(title: string, total: number): Progress {
  let said = -1;
  return {
    update: (done) => {
      if (done === said) return;
      said = done;
      console.log(`${title} ${done}/${total}`);
    },
    stop: () => undefined,
  };
}
