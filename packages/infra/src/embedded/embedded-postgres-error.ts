/** A start that failed for a reason its reader can act on: the message is one sentence and is shown as it stands. */
export class EmbeddedPostgresError extends Error {
  override name = 'EmbeddedPostgresError';
}
