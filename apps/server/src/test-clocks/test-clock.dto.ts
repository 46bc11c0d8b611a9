import { toIso, type Instant } from '@odometer/domain';
import { Type, type Static } from '@sinclair/typebox';
import { answer, InstantText } from '../http/answers.js';
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
  Type.Object({
    code: Type.String(),
    now: InstantText('What the clock shows.'),
    created_at: InstantText('What it showed at first.'),
  }),
);

export const clockAnswer = (
  code: string,
  { now, createdAt }: { readonly now: Instant; readonly createdAt: Instant },
): Static<typeof TestClockAnswer> => ({ code, now: toIso(now), created_at: toIso(createdAt) });
