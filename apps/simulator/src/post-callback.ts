import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export type CallbackPoster = {
  /**
   * The status, or null when nobody answered. Never follows a redirect, never tries again.
   * Posts with the same `line` go out one after the other; null waits for none.
   */
  post(url: string, body: string, line: string | null): Promise<number | null>;
  /** Counts as pending until it settles. */
  pendingWhile(wait: Promise<void>): Promise<void>;
  pending(): number;
  forget(): void;
  close(): void;
};

const timeoutMs = 10_000;

export function createCallbackPoster(): CallbackPoster {
  // Idle sockets go before the usual 5 s of a server: a POST on a socket that is just being closed would be lost.
  const sockets = { keepAlive: true, maxSockets: 256, timeout: 2_000 };
  const agents = { http: new HttpAgent(sockets), https: new HttpsAgent(sockets) };
  const lines = new Map<string, Promise<unknown>>();
  const pending = new Set<object>();
  const track = async <T>(work: Promise<T>): Promise<T> => {
    pending.add(work);
    try {
      return await work;
    } finally {
      pending.delete(work);
    }
  };
  return {
    post(url, body, line) {
      const previous = line === null ? undefined : lines.get(line);
      const once = (): Promise<number | null> => postOnce(agents, url, body).catch(() => null);
      const sent = previous ? previous.then(once) : once();
      if (line !== null) queueUp(lines, line, sent);
      return track(sent);
    },
    pendingWhile: track,
    pending: () => pending.size,
    forget: () => pending.clear(),
    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

function queueUp(lines: Map<string, Promise<unknown>>, line: string, sent: Promise<unknown>): void {
  lines.set(line, sent);
  void sent.finally(() => {
    if (lines.get(line) === sent) lines.delete(line);
  });
}

function postOnce(
  agents: { http: HttpAgent; https: HttpsAgent },
  url: string,
  body: string,
): Promise<number | null> {
  return new Promise((resolve) => {
    const secure = url.toLowerCase().startsWith('https:');
    const options = {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    };
    const outgoing = secure
      ? httpsRequest(url, { ...options, agent: agents.https })
      : httpRequest(url, { ...options, agent: agents.http });
    const timer = setTimeout(() => outgoing.destroy(new Error('callback timed out')), timeoutMs);
    const settle = (status: number | null): void => {
      clearTimeout(timer);
      resolve(status);
    };
    outgoing.on('response', (response) => {
      response.resume();
      response.on('error', () => {});
      settle(response.statusCode ?? null);
    });
    outgoing.on('error', () => settle(null));
    outgoing.on('close', () => settle(null));
    outgoing.end(body);
  });
}
