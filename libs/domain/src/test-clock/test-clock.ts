import { checkCode, checkInteger, refuseInvalid } from '../kernel/field-check.js';
import type { Decider } from '../kernel/decider.js';
import { fromIso, toIso, type Instant } from '../kernel/instant.js';
import { RuleBroken } from '../kernel/rule-broken.js';
import type { TestClockEvent } from './test-clock-events.js';

export type TestClockCommand =
  | { readonly type: 'CreateTestClock'; readonly code: string; readonly now: Instant }
  | { readonly type: 'AdvanceTestClock'; readonly code: string; readonly to: Instant };

/** `createdAt` is what the clock was first set to. */
export type TestClockState = { readonly status: 'none' } | RunningClock;

interface RunningClock {
  readonly status: 'running';
  readonly createdAt: Instant;
  readonly now: Instant;
}

/** The furthest that one advance may go, five years, because everything that falls due is run before it answers. */
export const CLOCK_ADVANCE_MS_MAX = 5 * 366 * 86_400_000;
/** The last instant that a clock may show. */
export const CLOCK_LATEST: Instant = Date.UTC(2200, 0, 1);

export const testClockDecider: Decider<TestClockState, TestClockCommand, TestClockEvent> = {
  initialState: () => ({ status: 'none' }),
  decide(command, state) {
    switch (command.type) {
      case 'CreateTestClock':
        return create(command.code, command.now, state);
      case 'AdvanceTestClock':
        return advance(command.code, command.to, state);
    }
  },
  evolve(state, event) {
    const now = fromIso(event.data.now);
    switch (event.type) {
      case 'TestClockCreated':
        return { status: 'running', createdAt: now, now };
      case 'TestClockAdvanced':
        return { ...(state as RunningClock), now };
    }
  },
};

function create(code: string, now: Instant, state: TestClockState): TestClockEvent[] {
  refuseInvalid('The test clock', [
    ...checkCode(code, '/code'),
    ...checkInteger(now, '/now', { min: 0, max: CLOCK_LATEST }),
  ]);
  if (state.status === 'none') {
    return [{ type: 'TestClockCreated', data: { code, now: toIso(now) } }];
  }
  if (state.createdAt === now) return [];
  throw new RuleBroken('test_clock_exists', `Test clock ${code} already exists.`, 'conflict');
}

function advance(code: string, to: Instant, state: TestClockState): TestClockEvent[] {
  if (state.status === 'none') {
    throw new RuleBroken('test_clock_not_found', `No test clock ${code}.`, 'not_found');
  }
  refuseInvalid('The instant', checkInteger(to, '/to', { min: 0, max: CLOCK_LATEST }));
  if (to === state.now) return [];
  if (to < state.now) {
    const message = `Test clock ${code} is at ${toIso(state.now)} and does not go back.`;
    throw new RuleBroken('clock_only_moves_forward', message, 'conflict');
  }
  if (to - state.now > CLOCK_ADVANCE_MS_MAX) {
    throw new RuleBroken('clock_advance_too_far', 'A test clock advances five years at once.');
  }
  return [{ type: 'TestClockAdvanced', data: { code, now: toIso(to) } }];
}
