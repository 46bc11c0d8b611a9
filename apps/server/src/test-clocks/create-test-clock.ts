import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  testClockDecider,
  type Instant,
  type TestClockEvent,
  type TestClockState,
} from '@odometer/domain';
import type { Handled } from '@odometer/event-store';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';

export class CreateTestClock extends Command<Handled<TestClockState, TestClockEvent>> {
  constructor(
    readonly code: string,
    readonly now: Instant,
    readonly origin: CommandOrigin,
  ) {
    super();
  }
}

@CommandHandler(CreateTestClock)
export class CreateTestClockHandler implements ICommandHandler<CreateTestClock> {
  constructor(private readonly aggregates: Aggregates) {}

  execute({
    code,
    now,
    origin,
  }: CreateTestClock): Promise<Handled<TestClockState, TestClockEvent>> {
    const target = { kind: 'clock', tenant: origin.caller.tenant, id: code };
    const command = { type: 'CreateTestClock', code, now } as const;
    return this.aggregates.decide(testClockDecider, target, command, origin);
  }
}
