import { newEvent } from '../conformance/index.js';
import type { SizedEvent } from '../page.js';
import { Tail } from './tail.js';

const at = (position: number, type = 'ThingHappened', bytes = 100): SizedEvent => ({
  bytes,
  event: {
    ...newEvent({}, { type }),
    streamId: `thing-default-${position}`,
    revision: 0,
    position,
    hash: '',
  },
});

const positionsOf = (page: ReturnType<Tail['page']>): number[] | undefined =>
  page?.events.map(({ position }) => position);

describe('the tail of a log', () => {
  it('gives the very objects that were added', () => {
    const tail = new Tail();
    const events = [at(4), at(5)];
    tail.add(events);
    expect(tail.page({ after: 4 })?.events[0]).toBe(events[1]!.event);
  });

  it('does not speak of what lies before it or after it', () => {
    const tail = new Tail();
    expect(tail.page({ after: 0 })).toBeNull();
    tail.add([at(4), at(5)]);
    expect(tail.page({ after: 2 })).toBeNull();
    expect(positionsOf(tail.page({ after: 3 }))).toEqual([4, 5]);
    expect(tail.page({ after: 5 })).toBeNull();
    expect(tail.page({ after: 6 })).toBeNull();
  });

  it('starts anew when another process wrote in between', () => {
    const tail = new Tail();
    tail.add([at(1)]);
    tail.add([at(3), at(4)]);
    tail.add([at(5)]);
    expect(tail.page({ after: 0 })).toBeNull();
    expect(tail.page({ after: 1 })).toBeNull();
    expect(positionsOf(tail.page({ after: 2 }))).toEqual([3, 4, 5]);
  });

  it('moves the reader over events that do not pass', () => {
    const tail = new Tail();
    tail.add([at(1), at(2, 'Rare'), at(3), at(4)]);
    const page = tail.page({ after: 0, filter: [{ types: ['Rare'] }] });
    expect(positionsOf(page)).toEqual([2]);
    expect(page?.position).toBe(4);
  });

  it('ends a page at its limit, before the first event that no longer fits', () => {
    const tail = new Tail();
    tail.add([at(1), at(2, 'Other'), at(3), at(4)]);
    const page = tail.page({ after: 0, limit: 1, filter: [{ types: ['ThingHappened'] }] });
    expect(positionsOf(page)).toEqual([1]);
    expect(page?.position).toBe(2);
  });

  it('forgets the oldest events beyond its bytes', () => {
    const tail = new Tail(1_000);
    for (let position = 1; position <= 25; position += 1) tail.add([at(position)]);
    expect(tail.page({ after: 14 })).toBeNull();
    expect(positionsOf(tail.page({ after: 15 }))).toEqual([16, 17, 18, 19, 20, 21, 22, 23, 24, 25]);
    tail.add([at(26, 'Huge', 5_000)]);
    expect(tail.page({ after: 25 })).toBeNull();
  });
});
