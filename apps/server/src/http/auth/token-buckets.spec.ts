import { BUCKETS_MAX, TokenBuckets } from './token-buckets.js';

describe('token buckets', () => {
  it('give a burst, then as many as time earns', () => {
    const buckets = new TokenBuckets({ perSecond: 2, burst: 3 });
    expect([0, 0, 0, 0].map(() => buckets.take('a', 1_000))).toEqual([0, 0, 0, 500]);
    expect(buckets.take('a', 1_499)).toBeGreaterThan(0);
    expect(buckets.take('a', 1_500)).toBe(0);
    expect(buckets.take('a', 1_500)).toBe(500);
  });

  it('never hold more than the burst', () => {
    const buckets = new TokenBuckets({ perSecond: 1_000, burst: 2 });
    buckets.take('a', 0);
    expect([0, 0, 0].map(() => buckets.take('a', 60_000))).toEqual([0, 0, 1]);
  });

  it('are one for each key', () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 1 });
    expect([buckets.take('a', 0), buckets.take('b', 0), buckets.take('a', 0)]).toEqual([
      0, 0, 1_000,
    ]);
  });

  it('do not fill when a clock goes back', () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 1 });
    buckets.take('a', 10_000);
    expect(buckets.take('a', 0)).toBe(1_000);
  });

  it('drop full ones when there are too many, and only these', () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 2 });
    for (let key = 0; key < BUCKETS_MAX; key += 1) buckets.take(`old ${key}`, 0);
    buckets.take('busy', 9_999);
    buckets.take('busy', 9_999);
    buckets.take('one more', 10_000);
    expect(buckets.take('busy', 10_000)).toBeGreaterThan(0);
  });
});
