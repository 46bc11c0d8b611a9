import { given } from '@odometer/testing';
import {
  CLOCK_ADVANCE_MS_MAX,
  CLOCK_LATEST,
  testClockDecider,
  type TestClockCommand,
} from './test-clock.js';
import type { TestClockEvent } from './test-clock-events.js';

const NOW = Date.parse('2001-01-01T00:00:00Z');
const clock = given(testClockDecider);

const create = (now: number, code = 'c1'): TestClockCommand => ({
  type: 'CreateTestClock',
  code,
  now,
});
const advance = (to: number): TestClockCommand => ({ type: 'AdvanceTestClock', code: 'c1', to });
const event = (type: TestClockEvent['type'], now: number): TestClockEvent => ({
  type,
  data: { code: 'c1', now: new Date(now).toISOString() },
});
const created = event('TestClockCreated', NOW);

describe('an unused code', () => {
  it('becomes a clock', () => clock().when(create(NOW)).then(created));

  it('has no clock to advance', () =>
    clock().when(advance(NOW)).thenBreaks('test_clock_not_found'));

  it.each([-1, 0.5, Number.NaN, CLOCK_LATEST + 1])('does not become a clock at %p', (now) =>
    clock().when(create(now)).thenBreaks('validation_failed'),
  );

  it.each(['', 'a b', '-a', 'ä', 'x'.repeat(101)])('is not %p', (code) =>
    clock().when(create(NOW, code)).thenBreaks('validation_failed'),
  );
});

describe('a clock', () => {
  const advanced = event('TestClockAdvanced', NOW + 1);

  it('is created once, also when it has moved on', () => {
    clock(created).when(create(NOW)).thenNothing();
    clock(created, advanced).when(create(NOW)).thenNothing();
    clock(created, advanced)
      .when(create(NOW + 1))
      .thenBreaks('test_clock_exists');
  });

  it('moves forward', () => {
    clock(created)
      .when(advance(NOW + 1))
      .then(advanced);
    clock(created, advanced)
      .when(advance(NOW + 2))
      .then(event('TestClockAdvanced', NOW + 2));
  });

  it('stays quiet when it is there already', () => {
    clock(created).when(advance(NOW)).thenNothing();
    clock(created, advanced)
      .when(advance(NOW + 1))
      .thenNothing();
  });

  it('never moves back', () => {
    clock(created, advanced).when(advance(NOW)).thenBreaks('clock_only_moves_forward');
  });

  it('moves five years at once, no more', () => {
    const furthest = NOW + CLOCK_ADVANCE_MS_MAX;
    clock(created).when(advance(furthest)).then(event('TestClockAdvanced', furthest));
    clock(created)
      .when(advance(furthest + 1))
      .thenBreaks('clock_advance_too_far');
  });

  it('stops at its last instant', () => {
    const late = event('TestClockCreated', CLOCK_LATEST - 1);
    clock(late).when(advance(CLOCK_LATEST)).then(event('TestClockAdvanced', CLOCK_LATEST));
    clock(late)
      .when(advance(CLOCK_LATEST + 1))
      .thenBreaks('validation_failed');
  });
});
