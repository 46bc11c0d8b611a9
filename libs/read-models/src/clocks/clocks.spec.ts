import type { TestClockEvent } from '@odometer/domain';
import { benchOf, type ReadModelBench } from '../read-model.fixture.js';
import { clocksProjection } from './clocks.projection.js';
import { findClock, listClocks } from './clocks.query.js';

let bench: ReadModelBench<TestClockEvent>;
beforeEach(async () => (bench = await benchOf<TestClockEvent>(clocksProjection)));
afterEach(() => bench.close());

const created = (code: string): TestClockEvent => ({
  type: 'TestClockCreated',
  data: { code, now: '2026-01-01T00:00:00.001Z' },
});

describe('test clocks', () => {
  it('tell the time they were advanced to', async () => {
    await bench.given('acme', created('spring'));
    expect(await findClock(bench.source, 'acme', 'spring')).toEqual({
      code: 'spring',
      now: Date.UTC(2026, 0, 1, 0, 0, 0, 1),
    });
    await bench.given('acme', {
      type: 'TestClockAdvanced',
      data: { code: 'spring', now: '2026-04-01T00:00:00.000Z' },
    });
    expect((await findClock(bench.source, 'acme', 'spring'))?.now).toBe(Date.UTC(2026, 3, 1));
  });

  it('are listed by code, in pages, of one tenant only', async () => {
    await bench.given('acme', created('b'), created('a'));
    await bench.given('other', created('c'));
    const first = await listClocks(bench.source, 'acme', { limit: 1 });
    const second = await listClocks(bench.source, 'acme', {
      limit: 1,
      cursor: first.nextCursor ?? '',
    });
    expect([...first.data, ...second.data].map(({ code }) => code)).toEqual(['a', 'b']);
    expect(second.nextCursor).toBeNull();
    expect(await findClock(bench.source, 'other', 'a')).toBeNull();
  });
});
