import { planLeases, slotKey, type Slot, type Worker } from './lease-plan.js';

const slot = (
  name: string,
  shard: number,
  owner: string | null,
  fault: string | null = null,
): Slot => ({
  name,
  generation: 1,
  shard,
  target: 'live',
  version: 1,
  position: 0,
  epoch: 0,
  owner,
  fault,
  faultPosition: null,
});

const worker = (owner: string, ...names: string[]): Worker => ({
  owner,
  projections: new Set(names.map((name) => `${name}@1`)),
});

const shards = (name: string, ...owners: (string | null)[]): Slot[] =>
  owners.map((owner, shard) => slot(name, shard, owner));

const plan = (slots: Slot[], workers: Worker[], me: string) => {
  const { take, release } = planLeases(slots, workers, me);
  return { take: take.map(slotKey), release: release.map(slotKey) };
};

describe('the plan of leases', () => {
  it('gives a lonely process everything', () => {
    expect(plan(shards('usage', null, null, null), [worker('a', 'usage')], 'a')).toEqual({
      take: ['usage/1/0', 'usage/1/1', 'usage/1/2'],
      release: [],
    });
  });

  it('leaves what others hold', () => {
    const workers = [worker('a', 'usage'), worker('b', 'usage')];
    expect(plan(shards('usage', 'b', null, 'b', null), workers, 'a').take).toEqual([
      'usage/1/1',
      'usage/1/3',
    ]);
  });

  it('takes no more than the fair share, rounded up, when another wants the rest', () => {
    const workers = [worker('a', 'usage'), worker('b', 'usage')];
    expect(plan(shards('usage', null, null, null), workers, 'a').take).toHaveLength(2);
  });

  it('lets processes that look at the same moment reach for different shards', () => {
    const workers = ['a', 'b', 'c'].map((owner) => worker(owner, 'usage'));
    const free = shards('usage', null, null, null, null);
    expect(workers.map(({ owner }) => plan(free, workers, owner).take)).toEqual([
      ['usage/1/0', 'usage/1/1'],
      ['usage/1/1', 'usage/1/2'],
      ['usage/1/2', 'usage/1/3'],
    ]);
  });

  it('gives its surplus to a process that has too little', () => {
    const workers = [worker('a', 'usage'), worker('b', 'usage')];
    expect(plan(shards('usage', 'a', 'a', 'a', 'a', 'a'), workers, 'a').release).toEqual([
      'usage/1/3',
      'usage/1/4',
    ]);
  });

  it('rests once each has its share', () => {
    const workers = [worker('a', 'usage'), worker('b', 'usage')];
    const slots = shards('usage', 'a', 'a', 'a', 'b', 'b');
    expect(plan(slots, workers, 'a')).toEqual({ take: [], release: [] });
    expect(plan(slots, workers, 'b')).toEqual({ take: [], release: [] });
  });

  it('gives to a process without any, though nobody has more than its share: one of the others, and only one', () => {
    const workers = ['a', 'b', 'c'].map((owner) => worker(owner, 'usage'));
    const slots = shards('usage', 'a', 'a', 'b', 'b');
    expect(plan(slots, workers, 'a').release).toEqual(['usage/1/1']);
    expect(plan(slots, workers, 'b').release).toEqual([]);
  });

  it('balances projections of one shard together, and sharded ones each by itself', () => {
    const slots = [slot('plans', 0, null), slot('clocks', 0, null), ...shards('usage', null, null)];
    const workers = [
      worker('a', 'plans', 'clocks', 'usage'),
      worker('b', 'plans', 'clocks', 'usage'),
    ];
    expect(plan(slots, workers, 'a').take).toEqual(['plans/1/0', 'usage/1/0']);
  });

  it('takes beyond its share what nobody else has the code of', () => {
    const workers = [worker('a', 'usage'), worker('b', 'plans')];
    expect(
      plan([...shards('usage', null, null, null), slot('plans', 0, null)], workers, 'a').take,
    ).toEqual(['usage/1/0', 'usage/1/1', 'usage/1/2']);
  });

  it('does not touch what it has no code of, nor what stopped at a fault', () => {
    const slots = [slot('plans', 0, null), slot('usage', 0, null, 'broken')];
    expect(plan(slots, [worker('a', 'usage')], 'a')).toEqual({ take: [], release: [] });
  });

  it.each([1, 2, 3, 4, 5])(
    'comes to rest with every shard held, with %d processes',
    (processes) => {
      const workers = Array.from({ length: processes }, (_, at) =>
        worker(`w${at}`, 'usage', 'plans'),
      );
      let slots = [
        ...shards('usage', 'w0', 'w0', 'w0', 'w0', 'w0', 'w0', 'w0', 'w0'),
        slot('plans', 0, null),
      ];
      for (let round = 0; round < 4; round += 1) {
        for (const { owner } of workers) {
          const { take, release } = planLeases(slots, workers, owner);
          const key = (slots: readonly Slot[]) => new Set(slots.map(slotKey));
          slots = slots.map((each) => {
            if (key(take).has(slotKey(each))) return { ...each, owner };
            return key(release).has(slotKey(each)) ? { ...each, owner: null } : each;
          });
        }
      }
      const held = workers.map(
        ({ owner }) => slots.filter((each) => each.name === 'usage' && each.owner === owner).length,
      );
      expect(slots.every((each) => each.owner !== null)).toBe(true);
      expect(Math.max(...held)).toBe(Math.ceil(8 / processes));
      expect(Math.min(...held)).toBe(Math.floor(8 / processes));
    },
  );
});
