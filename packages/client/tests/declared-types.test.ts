import type { BatchDryRun, BatchResult, batchOptionFields, CreateTryOn, TryOn } from '@catwalk/contract';
import { describe, expectTypeOf, it } from 'vitest';
import type { Batches, BatchOptions, Catwalk, NewTryOn, Refusal, TryOns } from '../src/index.js';

describe('the declared types', () => {
  it('name every field a try-on can be made with, and no other', () => {
    expectTypeOf<keyof NewTryOn>().toEqualTypeOf<keyof CreateTryOn>();
    expectTypeOf<CreateTryOn>().toExtend<NewTryOn>();
    expectTypeOf<{ dressInput: string }>().not.toExtend<NewTryOn>();
  });

  it('name every option of a batch', () => {
    expectTypeOf<Exclude<keyof BatchOptions, 'format'>>().toEqualTypeOf<keyof typeof batchOptionFields>();
  });

  it('are those of the contract in what comes back', () => {
    expectTypeOf<Awaited<ReturnType<TryOns['create']>>>().toEqualTypeOf<TryOn>();
    expectTypeOf<Awaited<ReturnType<Batches['dryRun']>>>().toEqualTypeOf<BatchDryRun>();
    expectTypeOf<ReturnType<Batches['results']>>().toEqualTypeOf<AsyncIterable<BatchResult>>();
    expectTypeOf<Catwalk['tryOns']['list']>().returns.toExtend<AsyncIterable<TryOn>>();
  });

  it('know the codes of today and take those of tomorrow', () => {
    expectTypeOf<'may_bill_twice'>().toExtend<Refusal['code']>();
    expectTypeOf<'a_new_code'>().toExtend<Refusal['code']>();
  });

  it('take what is to be read piece by piece in every form', () => {
    type Input = Parameters<Batches['create']>[0];
    expectTypeOf<NewTryOn[]>().toExtend<Input>();
    expectTypeOf<AsyncGenerator<NewTryOn>>().toExtend<Input>();
    expectTypeOf<ReadableStream<Uint8Array>>().toExtend<Input>();
    expectTypeOf<NodeJS.ReadableStream>().toExtend<Input>();
    expectTypeOf<() => Promise<AsyncIterable<string>>>().toExtend<Input>();
    expectTypeOf<number[]>().not.toExtend<Input>();
  });
});
