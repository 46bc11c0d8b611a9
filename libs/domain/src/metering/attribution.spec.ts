import fc from 'fast-check';
import { attributedSlices, customerSlices, type AttributedSubscription } from './attribution.js';
import type { UsageSlice } from './usage-slice.js';

const period = { from: 100, to: 200 };
const life = (
  externalId: string,
  startedAt: number,
  endedAt: number | null = null,
  more: Partial<AttributedSubscription> = {},
): AttributedSubscription => ({
  customerId: 'acme',
  externalId,
  incarnation: 1,
  startedAt,
  endedAt,
  ...more,
});
const named = (subscriptionId: string, from: number, to: number) => ({ subscriptionId, from, to });
const unnamed = (from: number, to: number) => ({
  customerId: 'acme',
  subscriptionId: null,
  from,
  to,
});

describe('usage that belongs to a subscription', () => {
  it('is all of the period when it is the only one', () => {
    expect(attributedSlices(life('a', 0), [], period)).toEqual([
      named('a', 100, 200),
      unnamed(100, 200),
    ]);
  });

  it('lies in its active time', () => {
    const a = life('a', 120, 150);
    expect(attributedSlices(a, [a], period)).toEqual([named('a', 120, 150), unnamed(120, 150)]);
  });

  it('is none outside of its active time', () => {
    expect(attributedSlices(life('a', 200), [], period)).toEqual([]);
    expect(attributedSlices(life('a', 0, 100), [], period)).toEqual([]);
    expect(attributedSlices(life('a', 150, 150), [], period)).toEqual([]);
  });

  it('without a name goes to the one started first, while that is active', () => {
    const first = life('z', 50, 130);
    const second = life('a', 110);
    const all = [second, first];
    expect(attributedSlices(first, all, period)).toEqual([named('z', 100, 130), unnamed(100, 130)]);
    expect(attributedSlices(second, all, period)).toEqual([
      named('a', 110, 200),
      unnamed(130, 200),
    ]);
  });

  it('without a name comes back when a better claim in the middle ends', () => {
    const early = life('a', 120, 140);
    const late = life('b', 130, 180);
    const weakest = life('c', 140);
    expect(attributedSlices(weakest, [early, late], period).slice(1)).toEqual([unnamed(180, 200)]);
  });

  it('without a name passes over a subscription that does not charge the meter', () => {
    const silent = life('a', 0, null, { chargesMeter: false });
    const charging = life('b', 120, null, { chargesMeter: true });
    expect(attributedSlices(charging, [silent, charging], period)).toEqual([
      named('b', 120, 200),
      unnamed(120, 200),
    ]);
    expect(attributedSlices(silent, [silent, charging], period)).toEqual([named('a', 100, 200)]);
  });

  it('goes to the lower external id, then the lower incarnation, on the same start', () => {
    const all = [life('b', 0), life('a', 0, 150, { incarnation: 2 }), life('a', 0, 120)];
    expect(all.map((one) => attributedSlices(one, all, period))).toEqual([
      [named('b', 100, 200), unnamed(150, 200)],
      [named('a', 120, 150), unnamed(120, 150)],
      [named('a', 100, 120), unnamed(100, 120)],
    ]);
  });

  it('is not taken by a life that ended as it began', () => {
    const empty = life('a', 150, 150);
    expect(attributedSlices(life('b', 160), [empty], period).slice(1)).toEqual([unnamed(160, 200)]);
    expect(attributedSlices(life('c', 150), [empty], period).slice(1)).toEqual([unnamed(150, 200)]);
  });
});

describe('attribution among any subscriptions of a customer', () => {
  const lives = fc
    .array(
      fc.record({
        externalId: fc.constantFrom('a', 'b', 'c'),
        startedAt: fc.integer({ min: 0, max: 12 }),
        length: fc.option(fc.integer({ min: 0, max: 12 })),
        chargesMeter: fc.constantFrom(true, false, undefined),
      }),
      { maxLength: 6 },
    )
    .map((list) =>
      list.map(({ externalId, startedAt, length, chargesMeter }, index) =>
        life(externalId, startedAt, length === null ? null : startedAt + length, {
          incarnation: index + 1,
          chargesMeter,
        }),
      ),
    );
  const window = { from: 2, to: 11 };
  const holds = (slices: readonly UsageSlice[], instant: number, id: string | null) =>
    slices.filter(({ subscriptionId, from, to }) => {
      return subscriptionId === id && from <= instant && instant < to;
    }).length;

  it('gives every instant to exactly one owner, if anyone is active', () => {
    fc.assert(
      fc.property(lives, fc.integer({ min: 0, max: 13 }), (all, instant) => {
        const slices = all.flatMap((one) => attributedSlices(one, all, window));
        const inWindow = instant >= window.from && instant < window.to;
        const active = all.filter(
          ({ startedAt, endedAt }) => startedAt <= instant && instant < (endedAt ?? Infinity),
        );
        const charging = active.some(({ chargesMeter }) => chargesMeter !== false);
        expect(holds(slices, instant, null)).toBe(inWindow && charging ? 1 : 0);
        for (const id of ['a', 'b', 'c']) {
          const alive = active.some(({ externalId }) => externalId === id);
          expect(holds(slices, instant, id)).toBe(inWindow && alive ? 1 : 0);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('usage of a customer', () => {
  it('is what names the customer, and what names only one of the subscriptions', () => {
    expect(customerSlices('acme', ['a', 'b', 'a'], period)).toEqual([
      { customerId: 'acme', ...period },
      { customerId: null, subscriptionId: 'a', ...period },
      { customerId: null, subscriptionId: 'b', ...period },
    ]);
  });

  it('is none in an empty period', () => {
    expect(customerSlices('acme', ['a'], { from: 5, to: 5 })).toEqual([]);
  });
});
