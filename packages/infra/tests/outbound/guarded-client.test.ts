import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGuardedClient, type GuardedClientOptions } from '../../src/outbound/index.js';

/** A server that must not be reached: it counts who comes all the same. */
let server: Server;
let port: number;
let reached: number;
let answer: RequestListener;

beforeEach(async () => {
  reached = 0;
  answer = (_request, response) => void response.end('secret');
  server = createServer((request, response) => answer(request, response));
  server.on('connection', () => {
    reached += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '::', resolve));
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const names: Record<string, readonly string[]> = {
  'internal.example': ['127.0.0.1'],
  'internal6.example': ['::1'],
  'lan.example': ['192.168.1.10'],
  'metadata.example': ['169.254.169.254'],
  'one-private.example': ['93.184.216.34', '127.0.0.1'],
  'private-first.example': ['10.0.0.1', '93.184.216.34'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'nat64.example': ['64:ff9b::7f00:1'],
  'unique-local.example': ['fd00::1'],
  'one-private6.example': ['93.184.216.34', '2606:2800:220:1::1', 'fd00::1'],
  'azure.example': ['168.63.129.16'],
  'nobody.example': [],
};

function client(options: Partial<GuardedClientOptions> = {}) {
  const resolve = async (host: string) =>
    (names[host] ?? ['127.0.0.1']).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const guarded = createGuardedClient({ allowPrivate: false, resolve, ...options });
  return (url: string, more: object = {}) =>
    guarded.ask({ url, maxBytes: 10_000, timeoutMs: 2_000, ...more });
}

const hosts = [
  // Loopback, in every way to write it.
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '127.255.255.254',
  '2130706433',
  '0x7f000001',
  '0x7f.0.0.1',
  '0177.0.0.1',
  '017700000001',
  '0x7f.1',
  '127.0.0.1.',
  '%31%32%37.0.0.1',
  '①②⑦.⓪.⓪.①',
  '127。0。0。1',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::]',
  '0',
  '0.0.0.0',
  '0x0',
  // IPv4 in IPv6 clothes.
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:10.0.0.1]',
  '[::ffff:a9fe:a9fe]',
  '[::127.0.0.1]',
  '[::ffff:0:127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b::a9fe:a9fe]',
  '[64:ff9b::a00:1]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '[2001:0:7f00:1::]',
  // Private, shared, link-local, metadata.
  '10.0.0.1',
  '10.255.255.255',
  '172.16.0.1',
  '172.31.255.254',
  '192.168.0.1',
  '192.168.255.255',
  '3232235521',
  '030052000001',
  '0300.0250.0.1',
  '0300.168.1',
  '0xc0a80001',
  '100.64.0.1',
  '100.127.255.254',
  '169.254.0.1',
  '169.254.169.254',
  '2852039166',
  '0xa9fea9fe',
  '0251.0376.0251.0376',
  '025177524776',
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
  '[fe80::1]',
  '[fd00:ec2::254]',
  '[fc00::1]',
  '[fec0::1]',
  // Multicast, broadcast, documentation, benchmarks, reserved.
  '224.0.0.1',
  '239.255.255.255',
  '255.255.255.255',
  '192.0.2.1',
  '198.51.100.1',
  '203.0.113.1',
  '198.18.0.1',
  '240.0.0.1',
  '0.1.2.3',
  '[ff02::1]',
  '[2001:db8::1]',
  '[3fff::1]',
  '[5f00::1]',
  '[2001:10::1]',
  '[100::1]',
  '[::2]',
  // Names.
  'internal.example',
  'internal6.example',
  'lan.example',
  'metadata.example',
  'one-private.example',
  'private-first.example',
  'mapped.example',
  'nat64.example',
  'unique-local.example',
  'one-private6.example',
  'azure.example',
]; // prettier: the list is read by its groups

describe('an address that somebody gave us', () => {
  it.each(hosts)('is not reached when it means a machine that is not public: %s', async (host) => {
    expect(await client()(`http://${host}:${port}/`)).toEqual({ kind: 'refused', reason: 'private_address' });
    expect(reached).toBe(0);
  });

  it.each([
    ['ftp://93.184.216.34/', 'scheme'],
    ['file:///etc/passwd', 'scheme'],
    ['gopher://127.0.0.1:6379/_FLUSHALL', 'scheme'],
    ['javascript:alert(1)', 'scheme'],
    ['http://user@93.184.216.34/', 'user_info'],
    ['http://user:secret@93.184.216.34/', 'user_info'],
    ['http://93.184.216.34:22/', 'port'],
    ['http://93.184.216.34:25/', 'port'],
    ['http://93.184.216.34:1023/', 'port'],
    ['//93.184.216.34/', 'not_an_address'],
    ['http://', 'not_an_address'],
    ['http://[::1', 'not_an_address'],
    ['http://256.256.256.256/', 'not_an_address'],
    ['', 'not_an_address'],
  ])('is refused for what it says: %s', async (url, reason) => {
    expect(await client()(url)).toEqual({ kind: 'refused', reason });
  });

  it('is connected to where it was checked, whatever its name says a moment later', async () => {
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return [{ address: asked === 1 ? '203.1.113.7' : '127.0.0.1', family: 4 }];
    };
    const answered = await client({ resolve })(`http://rebinding.example:${port}/`, { timeoutMs: 300 });
    expect(answered.kind).toBe('failed');
    expect(asked).toBe(1);
    expect(reached).toBe(0);
  });

  it('is judged anew at each redirect, by what its name says then', async () => {
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return [{ address: asked === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }];
    };
    answer = (_request, response) =>
      void response.writeHead(302, { location: `http://rebinding.example:${port}/next` }).end();
    const ownOrigins = [`http://own.example:${port}`];
    const answered = await client({ resolve, ownOrigins })(`http://own.example:${port}/`);
    expect(answered).toEqual({ kind: 'refused', reason: 'private_address' });
    expect([asked, reached]).toEqual([2, 1]);
  });

  it('ends in a failure, not in an error, when its name is unknown or nobody listens', async () => {
    expect(await client()('http://nobody.example/')).toEqual({ kind: 'failed', reason: 'unreachable' });
    const refused = await client({ allowPrivate: true })('http://127.0.0.1:1024/');
    expect(refused).toEqual({ kind: 'failed', reason: 'unreachable' });
  });
});

describe('an address of our own', () => {
  const own = () => client({ ownOrigins: [`http://own.example:${port}`] });
  const ownUrl = (path = '/') => `http://own.example:${port}${path}`;

  it('is asked wherever it is, and nothing else beside it', async () => {
    expect(await own()(ownUrl())).toMatchObject({
      kind: 'answered',
      status: 200,
      body: Buffer.from('secret'),
    });
    expect(await own()(`http://internal.example:${port}/`)).toMatchObject({ kind: 'refused' });
  });

  it.each([
    ['http://internal.example:PORT/', 'private_address'],
    ['http://169.254.169.254/latest/meta-data/', 'private_address'],
    ['http://[::ffff:7f00:1]:PORT/', 'private_address'],
    ['file:///etc/passwd', 'scheme'],
    ['http://root@own.example:PORT/', 'user_info'],
    ['http://93.184.216.34:22/', 'port'],
  ])('leads nowhere that would not be asked by itself: %s', async (location, reason) => {
    answer = (_request, response) => {
      response.writeHead(302, { location: location.replace('PORT', String(port)) }).end();
    };
    expect(await own()(ownUrl())).toEqual({ kind: 'refused', reason });
    expect(reached).toBe(1);
  });

  it('is followed through three redirects and no more; a POST through none', async () => {
    answer = (request, response) => {
      const hop = Number(request.url?.slice(1));
      if (hop === 0) response.end('there');
      else response.writeHead(307, { location: `/${hop - 1}` }).end();
    };
    expect(await own()(ownUrl('/3'))).toMatchObject({ kind: 'answered', body: Buffer.from('there') });
    expect(await own()(ownUrl('/4'))).toEqual({ kind: 'refused', reason: 'too_many_redirects' });
    expect(await own()(ownUrl('/1'), { method: 'POST', body: 'x' })).toMatchObject({ status: 307 });
  });

  it('cannot send more than was asked for, announced or not', async () => {
    answer = (_request, response) => void response.end(Buffer.alloc(10_001));
    expect(await own()(ownUrl())).toEqual({ kind: 'failed', reason: 'too_large' });
    answer = (_request, response) => {
      const endless = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', endless);
      endless();
    };
    expect(await own()(ownUrl())).toEqual({ kind: 'failed', reason: 'too_large' });
  });

  it('gives its first bytes alone where those are enough, however long it goes on', async () => {
    answer = (_request, response) => {
      response.on('drain', () => response.write(Buffer.alloc(65_536, 'a')));
      while (response.write(Buffer.alloc(65_536, 'a')));
    };
    const answered = await own()(ownUrl(), { cut: true });
    expect(answered).toMatchObject({ kind: 'answered', body: Buffer.alloc(10_000, 'a') });
  });

  it('may announce any length when it is only asked for its head', async () => {
    answer = (_request, response) => void response.writeHead(200, { 'content-length': 1e9 }).end();
    expect(await own()(ownUrl(), { method: 'HEAD' })).toMatchObject({
      kind: 'answered',
      headers: { 'content-length': '1000000000' },
    });
  });

  it('is let go of when we stop, also before it was asked', async () => {
    answer = () => undefined;
    const stop = new AbortController();
    const asked = own()(ownUrl(), { stopping: stop.signal });
    stop.abort();
    expect(await asked).toEqual({ kind: 'failed', reason: 'stopped' });
    expect(await own()(ownUrl(), { stopping: stop.signal })).toEqual({ kind: 'failed', reason: 'stopped' });
  });

  it('cannot send a body that unpacks to any size', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(1_000_000)));
    };
    expect(await own()(ownUrl())).toEqual({ kind: 'failed', reason: 'encoded' });
  });

  it.each(['before its head', 'amid its body'])('cannot keep us waiting: silent %s', async (where) => {
    answer = (_request, response) => {
      if (where === 'amid its body') response.writeHead(200).write('a');
    };
    expect(await own()(ownUrl(), { timeoutMs: 200 })).toEqual({ kind: 'failed', reason: 'timeout' });
  });

  it('cannot keep us waiting by a name server that is silent', async () => {
    const resolve = () => new Promise<never>(() => undefined);
    const answered = await client({ resolve })('http://slow.example/', { timeoutMs: 100 });
    expect(answered).toEqual({ kind: 'failed', reason: 'timeout' });
  });
});
