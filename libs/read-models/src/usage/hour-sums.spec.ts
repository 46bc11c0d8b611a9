import { compileMeter } from '@odometer/domain';
import { BucketRows } from './bucket-rows.js';
import { HourSums, NO_SLOT, SummedGroup } from './hour-sums.js';
import { viewOf } from './identity.js';
import type { CountingMeter } from './meter-set.js';
import { meterOf } from './usage.fixture.js';

const meter: CountingMeter = {
  ...compileMeter(meterOf({ code: 'calls' })),
  tenant: 't',
  tag: 'calls@1',
  version: 1,
  owns: () => true,
};
const scope = { tenant: 't', code: 'request' };

describe('sums of hours', () => {
  const given = () => {
    const buckets = new BucketRows('unused');
    const sums = new HourSums(buckets);
    const entry = buckets.entry(scope, { customerId: 'acme' }, null);
    const group = new SummedGroup([{ meter, addWhole: meter.aggregation.addWhole!, field: null }]);
    const identities = viewOf(Buffer.from('000000010000000200000003ffffffff', 'hex'));
    const add = (...hours: number[]): void => {
      for (const hour of hours) sums.addRecord(sums.slotOf(group, entry, hour), identities, 0);
    };
    return { sums, add, entry, group, stateOf: (hour: number) => buckets.hour(entry, meter, hour) };
  };

  it('are added to the states when they are flushed', () => {
    const { sums, add, stateOf } = given();
    add(1, 2, 1);
    expect(stateOf(1)).toMatchObject({ records: 0, state: 0 });
    sums.flush();
    expect(stateOf(1)).toEqual({
      records: 2,
      digest0: 2,
      digest1: 4,
      digest2: 6,
      digest3: -2,
      state: 2,
    });
    expect(stateOf(2)).toMatchObject({ records: 1, digest3: -1, state: 1 });
  });

  it('begin anew behind that, also for hours that had sums', () => {
    const { sums, add, stateOf } = given();
    add(1, 2, 1, 2);
    sums.flush();
    add(3, 2, 1);
    sums.flush();
    sums.flush();
    expect([1, 2, 3].map((hour) => stateOf(hour).records)).toEqual([3, 3, 1]);
  });

  it('are flushed by themselves before they could leave the safe integers', () => {
    const { sums, add, stateOf } = given();
    sums.expect(2 ** 20);
    add(1);
    expect(stateOf(1).records).toBe(0);
    sums.expect(1);
    expect(stateOf(1).records).toBe(1);
  });

  it('hold more hours than there is room for at first', () => {
    const { sums, add, stateOf } = given();
    const hours = Array.from({ length: 3_000 }, (_, hour) => hour);
    add(...hours, ...hours);
    sums.flush();
    expect(hours.filter((hour) => stateOf(hour).records !== 2)).toEqual([]);
  });

  it('are found by their subject, for the group and the hour that they are of', () => {
    const { sums, entry, group } = given();
    const slot = sums.slotOf(group, entry, 1);
    sums.note(5_000, slot);
    expect(sums.latestOf(group, 5_000, 1)).toBe(slot);
    expect(sums.latestOf(group, 5_000, 2)).toBe(NO_SLOT);
    expect(sums.latestOf(new SummedGroup(group.meters), 5_000, 1)).toBe(NO_SLOT);
    expect(sums.latestOf(group, 4_999, 1)).toBe(NO_SLOT);
    expect(sums.latestOf(group, 1_000_000, 1)).toBe(NO_SLOT);
  });

  it('are nobody else’s when they were flushed', () => {
    const { sums, entry, group } = given();
    sums.note(7, sums.slotOf(group, entry, 1));
    sums.flush();
    expect(sums.latestOf(group, 7, 1)).toBe(NO_SLOT);
    const slot = sums.slotOf(group, entry, 1);
    expect(sums.latestOf(group, 7, 1)).toBe(NO_SLOT);
    sums.note(8, slot);
    expect(sums.latestOf(group, 7, 1)).toBe(NO_SLOT);
    expect(sums.latestOf(group, 8, 1)).toBe(slot);
  });
});
