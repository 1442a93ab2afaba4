import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { findFreePort } from '../../tests/system/redis-server.js';

/** Stands before a server: closed, nothing listens on its port and every connection through it is cut. */
export interface Gate {
  readonly url: string;
  shut(): Promise<void>;
  open(): Promise<void>;
}

export async function openGate(target: string): Promise<Gate> {
  const port = await findFreePort();
  const { hostname, port: targetPort } = new URL(target);
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  const join = (incoming: Socket): void => {
    const outgoing = connect(Number(targetPort), hostname);
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  };
  const open = async () => {
    server = createServer(join).listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await open();
  return {
    url: `http://127.0.0.1:${port}`,
    open,
    shut: async () => {
      const closed = server?.listening === true ? once(server, 'close') : Promise.resolve();
      server?.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
