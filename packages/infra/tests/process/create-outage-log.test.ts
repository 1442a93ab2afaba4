import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger, createOutageLog } from '../../src/process/index.js';

describe('an outage', () => {
  const lines: { msg: string; what: string; failures?: number; seconds?: number }[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    lines.length = 0;
  });
  const open = () => createOutageLog(createLogger({ app: 'test', level: 'info', destination }));
  const told = () => lines.map((line) => `${line.msg} ${line.what}`);
  const down = new Error('down');

  it('is told once when it begins and once when it is over, with how much it met', () => {
    const outages = open();
    for (let n = 0; n < 50; n += 1) outages.failed('postgres', down);
    vi.advanceTimersByTime(20_000);
    for (let n = 0; n < 50; n += 1) outages.worked('postgres');
    vi.advanceTimersByTime(5_000);

    expect(told()).toEqual(['outage.began postgres', 'outage.ended postgres']);
    expect(lines[1]).toMatchObject({ failures: 50, seconds: 20 });
  });

  it('goes on while some things work and others do not', () => {
    const outages = open();
    for (let second = 0; second < 30; second += 1) {
      outages.failed('postgres', down);
      outages.worked('postgres');
      vi.advanceTimersByTime(1_000);
    }
    expect(told()).toEqual(['outage.began postgres']);
  });

  it('of one thing is not that of another, and none is told of what works', () => {
    const outages = open();
    outages.worked('provider');
    outages.failed('queue', down);
    outages.worked('postgres');
    vi.advanceTimersByTime(5_000);
    expect(told()).toEqual(['outage.began queue']);
  });
});
