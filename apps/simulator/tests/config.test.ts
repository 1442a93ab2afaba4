import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../src/config.js';

describe('parseConfig', () => {
  it('takes every dial as a flag and lets flags win over the environment', () => {
    const args = ['--delay-ms', '5', '--large-task-ids', 'true', '--down', 'refuse', '--seed', 'a'];
    const config = parseConfig(args, { SIMULATOR_SEED: 'b', SIMULATOR_PORT: '0', SIMULATOR_TOKEN: '' });
    expect(config).toEqual({
      port: 0,
      portMayMove: false,
      seed: 'a',
      logLevel: 'info',
      dials: { delayMs: 5, largeTaskIds: true, down: 'refuse' },
    });
  });

  it('lets only the default port give way', () => {
    expect(parseConfig([], {}).portMayMove).toBe(true);
  });

  it('reads where inputs may always lie', () => {
    const origins = 'http://webhook:4311, https://x.example/hooks';
    expect(parseConfig([], { SIMULATOR_OWN_ORIGINS: origins }).ownOrigins).toEqual([
      'http://webhook:4311',
      'https://x.example/hooks',
    ]);
    expect(() => parseConfig([], { SIMULATOR_OWN_ORIGINS: 'webhook' })).toThrow(ConfigError);
  });

  it('reads accounts with their limits', () => {
    expect(parseConfig(['--accounts', 'a@b.c:5,d@e.f:50'], {}).accounts).toEqual([
      { email: 'a@b.c', maxJobs: 5 },
      { email: 'd@e.f', maxJobs: 50 },
    ]);
  });

  it.each([
    [['--accounts', 'a@b.c:51']],
    [['--accounts', 'a@b.c']],
    [['--failure-rate', '2']],
    [['--no-such-dial', '1']],
    [['--port', 'x']],
  ])('refuses %j', (args) => {
    expect(() => parseConfig(args, {})).toThrow(ConfigError);
  });
});
