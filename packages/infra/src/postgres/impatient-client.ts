import pg from 'pg';

/**
 * A client that ends its connection when a statement was not answered in time. By itself pg keeps such a
 * connection, and a transaction on it would give it back to the pool, for the next one to wait for.
 */
export class ImpatientClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: pg declares ten ways to call it, which are all passed on
  override query(...args: any[]): any {
    const result: unknown = super.query(...(args as [string]));
    if (result instanceof Promise)
      result.catch((error: unknown) => {
        if (isReadTimeout(error)) this.end().catch(() => undefined);
      });
    return result;
  }
}

/** Whether pg gave up waiting for the answer to a statement. */
export function isReadTimeout(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Query read timeout');
}
