import pg from 'pg';

export interface Listener {
  close(): Promise<void>;
}

const RECONNECT_MS = 1_000;
/** A connection that hears nothing looks like one that has gone silent: it is asked this often, */
const ASK_EVERY_MS = 5_000;
/** and given up when it does not answer for so long. */
const ANSWER_BOUND_MS = 3_000;

/** What is heard on each channel, with what the notification says. */
export interface Ears {
  /** A slot or a job became free (nothing is said), or jobs were put into lanes (`CARRIED`). */
  readonly catwalk_work?: (what: string) => void;
  /** There are events without a position. */
  readonly catwalk_events?: () => void;
  /** There is something to deliver that no new event brought about. */
  readonly catwalk_deliveries?: () => void;
  /** There are events with new positions. */
  readonly catwalk_published?: () => void;
}

/**
 * Calls back for each notification on the channels that have an ear. A connection that is made calls each, and says
 * nothing. Notifications are a hint that saves waiting, never the only way to learn of work; a connection that was
 * lost or has gone silent is made again.
 */
export function listen(databaseUrl: string, ears: Ears): Listener {
  const listener = new ReconnectingListener(databaseUrl, new Map(Object.entries(ears)));
  listener.connect();
  return listener;
}

class ReconnectingListener implements Listener {
  readonly #url: string;
  readonly #ears: ReadonlyMap<string, (what: string) => void>;
  #client: pg.Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(url: string, ears: ReadonlyMap<string, (what: string) => void>) {
    this.#url = url;
    this.#ears = ears;
  }

  connect(): void {
    if (this.#closed) return;
    const client = new pg.Client({
      connectionString: this.#url,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      query_timeout: ANSWER_BOUND_MS,
      application_name: 'catwalk listener',
    });
    this.#client = client;
    const lost = () => this.#reconnect(client);
    client.on('error', lost).on('end', lost);
    client.on('notification', ({ channel, payload }) => this.#ears.get(channel)?.(payload ?? ''));
    client
      .connect()
      .then(() => client.query([...this.#ears.keys()].map((channel) => `LISTEN ${channel}`).join('; ')))
      .then(() => {
        for (const hear of this.#ears.values()) hear('');
        this.#askLater(client);
      })
      .catch(lost);
  }

  #askLater(client: pg.Client): void {
    if (this.#closed || this.#client !== client) return;
    this.#timer = setTimeout(() => {
      client.query('SELECT 1').then(
        () => this.#askLater(client),
        () => this.#reconnect(client),
      );
    }, ASK_EVERY_MS);
  }

  #reconnect(client: pg.Client): void {
    if (this.#closed || this.#client !== client) return;
    this.#client = undefined;
    clearTimeout(this.#timer);
    client.end().catch(() => undefined);
    this.#timer = setTimeout(() => this.connect(), RECONNECT_MS);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#client?.end().catch(() => undefined);
  }
}
