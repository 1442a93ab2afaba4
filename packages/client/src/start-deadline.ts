/** The time one request has, together with the caller's own signal. */
export interface Deadline {
  /** Aborts when the time is over or the caller's signal does. */
  readonly signal: AbortSignal;
  /** Whether it was the time. */
  isOver(): boolean;
  /** Something moved: the time begins again. */
  renew(): void;
  /** The caller is busy: no time passes until it is renewed. */
  rest(): void;
  /** Ends it, and with it whatever of the request still runs. */
  end(): void;
}

/** `AbortSignal.timeout` cannot be renewed, and `AbortSignal.any` is younger than the browsers in use. */
export function startDeadline(timeoutMs: number, caller: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  let over = false;
  const expire = () => {
    over = true;
    controller.abort();
  };
  const abort = () => controller.abort(caller?.reason);
  let timer = setTimeout(expire, timeoutMs);
  caller?.addEventListener('abort', abort, { once: true });
  if (caller?.aborted) abort();
  return {
    signal: controller.signal,
    isOver: () => over,
    renew() {
      clearTimeout(timer);
      if (!controller.signal.aborted) timer = setTimeout(expire, timeoutMs);
    },
    rest: () => clearTimeout(timer),
    end() {
      clearTimeout(timer);
      caller?.removeEventListener('abort', abort);
      controller.abort();
    },
  };
}
