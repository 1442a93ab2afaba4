/** The command cannot do its part: the message says why and what to do, in sentences for people. */
export class CliError extends Error {
  /** A word for scripts that read `--json`. */
  readonly code: string;

  constructor(message: string, code = 'cli_error') {
    super(message);
    this.code = code;
  }
}
