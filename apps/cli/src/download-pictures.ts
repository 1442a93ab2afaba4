import { type Fetched, fetchPicture, type Pause, PictureError, pauseFor } from './fetch-picture.js';
import type { KeptPictures, Picture } from './keep-pictures.js';
import type { OutFolder } from './out-folder.js';

/** Pictures on the wire at once: polite to the provider's storage, and enough to keep up with every account. */
const AT_ONCE = 8;
/** Pictures that may wait for their turn; whoever brings more waits too. */
const WAITING_MAX = 200;

export interface FailedPicture {
  readonly tryOnId: string;
  readonly url: string;
  readonly reason: string;
}

/** Fetches pictures into a folder, a few at a time. */
export class Downloads {
  saved = 0;
  readonly failed: FailedPicture[] = [];
  private readonly open = new Set<Promise<void>>();
  private readonly turns: (() => void)[] = [];
  private running = 0;
  private fault: unknown = null;

  private readonly folder: OutFolder;
  private readonly kept: KeptPictures;
  private readonly signal: AbortSignal;
  private readonly pause: Pause;

  constructor(folder: OutFolder, kept: KeptPictures, signal: AbortSignal, pause = pauseFor) {
    this.folder = folder;
    this.kept = kept;
    this.signal = signal;
    this.pause = pause;
  }

  /** Takes a picture in; answers when there is room for the next one. */
  async add(picture: Picture): Promise<void> {
    const one = this.run(picture).catch((error: unknown) => {
      this.fault ??= error;
    });
    this.open.add(one);
    void one.then(() => this.open.delete(one));
    while (this.open.size >= WAITING_MAX) await Promise.race(this.open);
    this.throwFault();
  }

  /** Waits for all that was taken in. @throws what stopped it: the disk's trouble, or the signal's reason */
  async drain(): Promise<void> {
    while (this.open.size > 0) await Promise.all(this.open);
    this.throwFault();
  }

  private throwFault(): void {
    if (this.fault !== null) throw this.fault;
  }

  private async run(picture: Picture): Promise<void> {
    await this.turn();
    try {
      if (this.fault !== null) return;
      const fetched = await fetchPicture(this.folder, picture.url, this.signal, this.rest);
      await this.place(picture, fetched);
      this.saved += 1;
    } catch (error) {
      if (!(error instanceof PictureError)) throw error;
      this.failed.push({ tryOnId: picture.tryOnId, url: picture.url, reason: error.message });
    } finally {
      this.passTurn();
    }
  }

  /** Whoever waits for another try lets others have their turn. */
  private readonly rest: Pause = async (ms, signal) => {
    this.passTurn();
    try {
      await this.pause(ms, signal);
    } finally {
      await this.turn();
    }
  };

  private async turn(): Promise<void> {
    if (this.running < AT_ONCE) this.running += 1;
    else await new Promise<void>((resolve) => this.turns.push(resolve));
  }

  private passTurn(): void {
    const next = this.turns.shift();
    if (next === undefined) this.running -= 1;
    else next();
  }

  /** A file that is not ours keeps its name, and the picture takes another. */
  private async place(picture: Picture, fetched: Fetched): Promise<void> {
    const file = await this.kept.note(picture, fetched.extension, fetched.bytes);
    if (!(await this.folder.placePart(fetched.part, file)))
      await this.place(this.kept.rename(picture), fetched);
  }
}
