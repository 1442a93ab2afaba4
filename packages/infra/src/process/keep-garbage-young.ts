import { setFlagsFromString } from 'node:v8';

/**
 * Lets V8 make all objects in its young generation. Otherwise it takes those that it sees made by the million for
 * long-lived ones, as the parser's are while a batch comes in, and makes them where only a full collection finds
 * them: the heap grows to twice of what it needs, see docs/decisions/022-a-chunk-as-bytes.md. To be called before
 * there is work: code that is compiled already keeps its ways.
 */
export function keepGarbageYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
