import fc from 'fast-check';
import { Partitioners, type PartitionMetadata } from 'kafkajs';
import { partitionOf } from './partition-of.js';

it('a key has the partition that a client of Kafka gives it', () => {
  const choose = Partitioners.DefaultPartitioner();
  const key = fc.string({ unit: 'grapheme', maxLength: 40 });
  fc.assert(
    fc.property(key, fc.integer({ min: 1, max: 1_000 }), (text, partitions) => {
      const partitionMetadata = new Array<PartitionMetadata>(partitions);
      const chosen = choose({ topic: 't', partitionMetadata, message: { key: text, value: null } });
      expect(partitionOf(text, partitions)).toBe(chosen);
    }),
    { numRuns: 2_000 },
  );
});

it('known keys of Kafka have their partitions', () => {
  // From the tests of Kafka's own client: murmur2 of "21" is -973932308, of "foobar" -790332482.
  expect(partitionOf('21', 1_000)).toBe((-973_932_308 & 0x7f_ff_ff_ff) % 1_000);
  expect(partitionOf('foobar', 1_000)).toBe((-790_332_482 & 0x7f_ff_ff_ff) % 1_000);
});
