import { toIso, type Instant } from '@odometer/domain';
import { Type, type Static } from '@sinclair/typebox';
import { answer, InstantText, pageOf } from '../http/answers.js';
import { InstantField, TextField } from '../http/fields.js';

export class TestClockBody {
  @TextField({ description: 'Your code of the clock.', max: 100, example: 'spring' })
  code!: string;

  @InstantField({ description: 'What it shows at first.', example: '2026-01-01T00:00:00Z' })
  now!: string;
}

export class AdvanceBody {
  @InstantField({ description: 'What it shall show.', example: '2026-02-01T00:00:00Z' })
  to!: string;
}

export const TestClockAnswer = answer(
  'TestClock',
  Type.Object({ code: Type.String(), now: InstantText('What the clock shows.') }),
);

export const TestClockPage = pageOf('TestClock', TestClockAnswer);

export const clockAnswer = (clock: {
  readonly code: string;
  readonly now: Instant;
}): Static<typeof TestClockAnswer> => ({ code: clock.code, now: toIso(clock.now) });
