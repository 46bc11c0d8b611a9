import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  testClockDecider,
  type Instant,
  type TestClockEvent,
  type TestClockState,
} from '@odometer/domain';
import type { Handled } from '@odometer/event-store';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';

export class AdvanceTestClock extends Command<Handled<TestClockState, TestClockEvent>> {
  constructor(
    readonly code: string,
    readonly to: Instant,
    readonly origin: CommandOrigin,
  ) {
    super();
  }
}

@CommandHandler(AdvanceTestClock)
export class AdvanceTestClockHandler implements ICommandHandler<AdvanceTestClock> {
  constructor(private readonly aggregates: Aggregates) {}

  execute({
    code,
    to,
    origin,
  }: AdvanceTestClock): Promise<Handled<TestClockState, TestClockEvent>> {
    const target = { kind: 'clock', tenant: origin.caller.tenant, id: code };
    const command = { type: 'AdvanceTestClock', code, to } as const;
    return this.aggregates.decide(testClockDecider, target, command, origin);
  }
}
