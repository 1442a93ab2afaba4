import type { Server } from 'node:http';

const triesMax = 50;

/** Loopback and nothing else: there is no login worth the name on the control endpoints. */
export async function listenOnLoopback(server: Server, port: number, mayMove: boolean): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await listen(server, port === 0 ? 0 : port + tries);
      return;
    } catch (fault) {
      const taken = (fault as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!taken) throw fault;
      if (!mayMove || tries >= triesMax)
        throw new Error(`SIMULATOR_PORT: port ${port} on 127.0.0.1 is taken`, { cause: fault });
    }
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', 4096, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
