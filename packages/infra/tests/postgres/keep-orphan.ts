import type { Question } from '../../src/postgres/index.js';

/** Keeps a new callback with the nth replyRef, and changes nothing of its job. */
export function keepOrphan(n: number): Question<null> {
  const replyRef = `ref_${n}`;
  return {
    locate: { replyRef },
    actor: 'test',
    judge: () => ({
      result: null,
      decision: null,
      callback: {
        id: `cb_new_${n}`,
        replyRef,
        attemptId: null,
        tryOnId: null,
        decision: 'orphan',
        body: new Uint8Array(),
        headers: {},
        contentHash: 'new',
      },
    }),
  };
}
