import { eventually } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import { createGroupCommit, OverloadedError } from '../../src/process/create-group-commit.js';

function recorder() {
  const batches: string[][] = [];
  const waiting: { resolve(results: string[]): void; reject(error: unknown): void; items: string[] }[] = [];
  const flush = (items: string[]) => {
    batches.push(items);
    return new Promise<string[]>((resolve, reject) => waiting.push({ resolve, reject, items }));
  };
  const answer = async () => {
    const flight = waiting.shift();
    flight?.resolve(flight.items.map((item) => `${item}!`));
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { batches, flush, answer, waiting };
}

const sizeOf = (item: string) => item.length;

describe('a group commit', () => {
  it('flushes at once when idle and coalesces while a flush is in flight', async () => {
    const { batches, flush, answer } = recorder();
    const group = createGroupCommit({ flush, sizeOf });
    const results = [group.submit('a'), group.submit('b'), group.submit('c')];
    expect(batches).toEqual([['a']]);
    expect(group.waiting()).toBe(2);
    await answer();
    expect(batches).toEqual([['a'], ['b', 'c']]);
    await answer();
    expect(await Promise.all(results)).toEqual(['a!', 'b!', 'c!']);
  });

  it('sends a second flush beside the first as soon as it is worth it, and no third', async () => {
    const { batches, flush, answer } = recorder();
    const group = createGroupCommit({ flush, sizeOf });
    const results = Array.from({ length: 40 }, (_, n) => group.submit(`${n}`));
    expect(batches.map((batch) => batch.length)).toEqual([1, 16]);
    expect(group.waiting()).toBe(23);
    await answer();
    expect(batches.map((batch) => batch.length)).toEqual([1, 16, 23]);
    await answer();
    await answer();
    expect(await Promise.all(results)).toEqual(Array.from({ length: 40 }, (_, n) => `${n}!`));
  });

  it('with a rest shares a flush among what comes in one turn of the event loop, and during the rest', async () => {
    const { batches, flush, answer } = recorder();
    const group = createGroupCommit({ flush, sizeOf, restMs: 30 });
    const all = [group.submit('a'), group.submit('b')];
    expect(batches).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(batches).toEqual([['a', 'b']]);
    await answer();
    all.push(group.submit('c'));
    await new Promise((resolve) => setImmediate(resolve));
    all.push(group.submit('d'));
    expect(batches).toEqual([['a', 'b']]);
    await eventually(() =>
      expect(batches).toEqual([
        ['a', 'b'],
        ['c', 'd'],
      ]),
    );
    const draining = group.drain();
    await answer();
    await draining;
    expect(await Promise.all(all)).toEqual(['a!', 'b!', 'c!', 'd!']);
  });

  it('keeps a batch within its items and bytes, and lets a big item go alone', async () => {
    const { batches, flush, answer } = recorder();
    const group = createGroupCommit({ flush, sizeOf, maxItems: 3, maxBatchBytes: 4 });
    const all = ['x', 'aa', 'bb', 'c', 'dddddd', 'e', 'f', 'g', 'h'].map((item) => group.submit(item));
    for (let flights = 0; flights < 6; flights++) await answer();
    await Promise.all(all);
    expect(batches).toEqual([['x'], ['aa', 'bb'], ['c'], ['dddddd'], ['e', 'f', 'g'], ['h']]);
  });

  it('refuses more than may wait before anything is queued', async () => {
    const { batches, flush, answer } = recorder();
    const group = createGroupCommit({ flush, sizeOf, maxWaitingBytes: 4 });
    const all = [group.submit('first'), group.submit('aa'), group.submit('bb')];
    expect(group.isFull()).toBe(true);
    expect(() => group.submit('c')).toThrow(OverloadedError);
    await answer();
    await answer();
    expect(await Promise.all(all)).toEqual(['first!', 'aa!', 'bb!']);
    expect(group.isFull()).toBe(false);
    expect(batches.flat()).not.toContain('c');
  });

  it('rejects what waits longer than its bound behind a flush that hangs, and never flushes it', async () => {
    const { batches, flush, answer } = recorder();
    const group = createGroupCommit({ flush, sizeOf, maxWaitMs: 20 });
    const hanging = group.submit('a');
    await expect(group.submit('b')).rejects.toThrow(OverloadedError);
    await answer();
    expect(await hanging).toBe('a!');
    expect(batches).toEqual([['a']]);
  });

  it('rejects exactly the items of a failing flush', async () => {
    const { flush, answer, waiting } = recorder();
    const group = createGroupCommit({ flush, sizeOf });
    const first = group.submit('a');
    const second = group.submit('b');
    waiting.shift()?.reject(new Error('the database is gone'));
    await expect(first).rejects.toThrow('the database is gone');
    await answer();
    expect(await second).toBe('b!');
  });

  it('drains: resolves when nothing waits and nothing is in flight', async () => {
    const { flush, answer } = recorder();
    const group = createGroupCommit({ flush, sizeOf });
    await group.drain();
    const all = [group.submit('a'), group.submit('b')];
    let drained = false;
    const draining = group.drain().then(() => {
      drained = true;
    });
    await answer();
    expect(drained).toBe(false);
    await answer();
    await draining;
    await Promise.all(all);
  });
});
