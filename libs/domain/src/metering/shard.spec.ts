import { shardOf, shardOfRecord } from './shard.js';
import { subjectOf } from './usage-record.js';

describe('the shard of a subject', () => {
  it.each([
    ['c:customer-1', 8, 1],
    ['c:customer-2', 8, 1],
    ['s:subscription-1', 8, 3],
    ['c:', 8, 1],
    ['c:Zoë 🚀', 8, 4],
    ['c:customer-1', 1, 0],
    ['c:customer-1', 64, 25],
  ])('%s of %i is always %i', (subject, shards, shard) => {
    expect(shardOf(subject, shards)).toBe(shard);
  });

  it.each([
    { customerId: 'customer-1' },
    { subscriptionId: 'sub 1' },
    { customerId: 'Zoë 🚀', subscriptionId: 'sub 1' },
  ])('is found from the record %j as well', (record) => {
    expect(shardOfRecord(record, 64)).toBe(shardOf(subjectOf(record), 64));
  });

  it.each([
    ['numbered ids', (n: number) => `c:customer-${n}`],
    ['padded ids', (n: number) => `c:${String(n).padStart(12, '0')}`],
    ['multiples of 64', (n: number) => `c:${n * 64}`],
    ['three-letter codes', (n: number) => `c:${(n + 12_000).toString(36).toUpperCase()}`],
  ])('spreads %s evenly', (_name, subject) => {
    const perShard = new Array<number>(8).fill(0);
    for (let n = 0; n < 8_000; n += 1) {
      const shard = shardOf(subject(n), 8);
      perShard[shard] = (perShard[shard] ?? 0) + 1;
    }
    expect(Math.min(...perShard)).toBeGreaterThan(850);
    expect(Math.max(...perShard)).toBeLessThan(1_150);
  });
});
