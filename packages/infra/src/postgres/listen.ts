import pg from 'pg';

export interface Listener {
  close(): Promise<void>;
}

const RECONNECT_MS = 1_000;

/**
 * Calls back for each notification on the channel `catwalk_work`: a slot or a job became free. Notifications
 * are a hint that saves waiting, never the only way to learn of work; a lost connection is made again.
 */
export function listen(databaseUrl: string, onNotification: () => void): Listener {
  const listener = new ReconnectingListener(databaseUrl, onNotification);
  listener.connect();
  return listener;
}

class ReconnectingListener implements Listener {
  readonly #url: string;
  readonly #notify: () => void;
  #client: pg.Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(url: string, notify: () => void) {
    this.#url = url;
    this.#notify = notify;
  }

  connect(): void {
    if (this.#closed) return;
    const client = new pg.Client({
      connectionString: this.#url,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      application_name: 'catwalk listener',
    });
    this.#client = client;
    client.on('error', () => this.#reconnect(client));
    client.on('end', () => this.#reconnect(client));
    client.on('notification', () => this.#notify());
    client.connect().then(
      () => client.query('LISTEN catwalk_work').then(this.#notify, () => this.#reconnect(client)),
      () => this.#reconnect(client),
    );
  }

  #reconnect(client: pg.Client): void {
    if (this.#closed || this.#client !== client) return;
    this.#client = undefined;
    client.end().catch(() => undefined);
    this.#timer = setTimeout(() => this.connect(), RECONNECT_MS);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#client?.end().catch(() => undefined);
  }
}
