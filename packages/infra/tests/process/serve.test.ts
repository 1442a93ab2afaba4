import { get, request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { PortTakenError, serve } from '../../src/process/serve.js';

const host = '127.0.0.1';
const hello = (_request: unknown, response: { end(text: string): void }) => response.end('hello');

describe('serve', () => {
  it('gives a taken default port way to the next free one', async () => {
    const first = await serve(hello, { host, port: 0 });
    const second = await serve(hello, { host, port: first.port, portIsDefault: true });
    expect(second.port).toBeGreaterThan(first.port);
    expect(await (await fetch(second.url)).text()).toBe('hello');
    await Promise.all([first.close(), second.close()]);
  });

  it('fails with one sentence when a port that was set is taken', async () => {
    const first = await serve(hello, { host, port: 0 });
    const second = serve(hello, { host, port: first.port });
    await expect(second).rejects.toThrow(PortTakenError);
    await expect(second).rejects.toThrow(`port ${first.port} on 127.0.0.1 is taken`);
    await first.close();
  });

  it.each(['no.such.host.invalid', '192.0.2.1'])(
    'says of a host that is not this machine: %s',
    async (other) => {
      const refused = serve(hello, { host: other, port: 0 });
      await expect(refused).rejects.toThrow(`"${other}" is not an address of this machine`);
    },
  );

  it('lets a request in flight finish, and does not wait for its kept-alive connection', async () => {
    let finish: (() => void) | null = null;
    const server = await serve(
      (_request, response) => {
        finish = () => response.end('late');
      },
      { host, port: 0, closeTimeoutMs: 20_000 },
    );
    const answer = fetch(server.url).then((response) => response.text());
    const release = await vi.waitUntil(() => finish);
    const closing = server.close();
    release();
    expect(await answer).toBe('late');
    await closing;
  });

  it('cuts what is still in flight after its bound', async () => {
    let arrived = false;
    const server = await serve(
      () => {
        arrived = true;
      },
      { host, port: 0, closeTimeoutMs: 10 },
    );
    const failed = new Promise((resolve) => get(server.url).on('error', resolve));
    await expect.poll(() => arrived).toBe(true);
    await server.close();
    expect(await failed).toMatchObject({ code: 'ECONNRESET' });
  });

  it.each([
    ['headers', 'POST / HTTP/1.1\r\nHost: x\r\n'],
    ['body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf'],
  ])('cuts off a sender whose %s do not end', async (_what, text) => {
    const server = await serve(
      (incoming, response) => incoming.resume().on('end', () => response.end('all of it')),
      { host, port: 0, headersTimeoutMs: 100, requestTimeoutMs: 200 },
    );
    const said = await new Promise<string>((resolve, reject) => {
      let answer = '';
      const socket = connect(server.port, host, () => socket.write(text));
      socket.setTimeout(10_000, () => reject(new Error('it was not cut off')));
      socket.on('error', reject).on('close', () => resolve(answer));
      socket.on('data', (chunk) => {
        answer += chunk;
      });
    });
    expect(said).toMatch(/^HTTP\/1\.1 408 /);
    await server.close();
  });

  it('closes at once when nothing is in flight', async () => {
    const server = await serve(hello, { host, port: 0 });
    await new Promise((resolve) =>
      request(server.url)
        .on('response', (r) => r.resume().on('end', resolve))
        .end(),
    );
    await server.close();
  });

  it('cuts at once what has asked for nothing, or not to the end', async () => {
    const server = await serve(hello, { host, port: 0, closeTimeoutMs: 20_000 });
    const silent = await Promise.all(['', 'GET / HT', 'GET / HTTP/1.1\r\nHost: x\r\n'].map(sendStart));
    const startedAt = performance.now();
    await server.close();
    await Promise.all(silent.map(({ closed }) => closed));
    expect(performance.now() - startedAt).toBeLessThan(1_000);

    async function sendStart(text: string): Promise<{ closed: Promise<unknown> }> {
      const socket = connect(server.port, host);
      const closed = new Promise((resolve) => socket.on('error', () => undefined).on('close', resolve));
      await new Promise((resolve) => socket.once('connect', resolve));
      if (text !== '') await new Promise((resolve) => socket.write(text, resolve));
      return { closed };
    }
  });
});
