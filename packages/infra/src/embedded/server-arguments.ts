import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a caller may decide about the server. */
export interface ServerOptions {
  /** Off gives up every promise across a crash, for the sake of speed: for tests only. */
  durable: boolean;
  maxConnections: number;
  settings: Readonly<Record<string, string>>;
}

/** The server's command line. Everything stands on it, so that nothing depends on what a data folder's files say. */
export function serverArguments(dataFolder: string, port: number, options: ServerOptions): string[] {
  const sync = options.durable ? 'on' : 'off';
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: String(options.maxConnections),
    shared_buffers: '128MB',
    fsync: sync,
    synchronous_commit: sync,
    full_page_writes: sync,
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...options.settings,
  };
  const pairs = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', dataFolder, '-p', String(port), ...pairs];
}

/** Whether the running server of this folder was started by exactly this command line. */
export function wasStartedWith(dataFolder: string, postgres: string, args: readonly string[]): boolean {
  try {
    const started = readFileSync(join(dataFolder, 'postmaster.opts'), 'utf8').trim();
    return started === [postgres, ...args.map((argument) => `"${argument}"`)].join(' ');
  } catch {
    return false;
  }
}
