// Loaded into one process before its app: its wall clock is `?hours=` off. Timers and performance.now() are not.
const shiftMs = Number(new URL(import.meta.url).searchParams.get('hours')) * 3_600_000;
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + shiftMs);
    else super(...parts);
  }

  static now() {
    return RealDate.now() + shiftMs;
  }
};
