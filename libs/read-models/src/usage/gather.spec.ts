import { GATHERED_MAX, gathering, type Gathered } from './gather.js';

describe('questions of one turn', () => {
  const batches: (readonly number[])[] = [];
  const half = gathering<number, number>((numbers) => {
    batches.push(numbers);
    if (numbers.includes(99)) throw new Error('the database is gone');
    const answers: Gathered<number> = numbers.map((n) =>
      n % 2 === 0
        ? { status: 'fulfilled', value: n / 2 }
        : { status: 'rejected', reason: new Error(`${n} is odd`) },
    );
    return Promise.resolve(answers);
  });
  beforeEach(() => (batches.length = 0));

  it('are answered together, each with its own answer or error', async () => {
    const answers = await Promise.allSettled([half(4), half(5), half(6)]);
    expect(batches).toEqual([[4, 5, 6]]);
    expect(answers).toMatchObject([
      { value: 2 },
      { reason: { message: '5 is odd' } },
      { value: 3 },
    ]);
  });

  it('are answered apart from those of the next turn', async () => {
    expect([await half(2), await half(4)]).toEqual([1, 2]);
    expect(batches).toEqual([[2], [4]]);
  });

  it('are answered so many at a time', async () => {
    await Promise.all(Array.from({ length: GATHERED_MAX + 1 }, (_, n) => half(n * 2)));
    expect(batches.map(({ length }) => length)).toEqual([GATHERED_MAX, 1]);
  });

  it('all fail where nothing can be answered', async () => {
    const answers = await Promise.allSettled([half(2), half(99)]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
