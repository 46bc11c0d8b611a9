import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  feeBookDecider,
  type FeeBook,
  type FeeEvent,
  type FeePaymentStatus,
} from '@odometer/domain';
import type { Handled } from '@odometer/event-store';
import type { FeeView } from '@odometer/read-models';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';

export class SettleFee extends Command<Handled<FeeBook, FeeEvent>> {
  constructor(
    readonly fee: Pick<FeeView, 'bookId' | 'feeId'>,
    readonly paymentStatus: FeePaymentStatus,
    readonly origin: CommandOrigin,
  ) {
    super();
  }
}

@CommandHandler(SettleFee)
export class SettleFeeHandler implements ICommandHandler<SettleFee> {
  constructor(private readonly aggregates: Aggregates) {}

  execute({ fee, paymentStatus, origin }: SettleFee): Promise<Handled<FeeBook, FeeEvent>> {
    const target = { kind: 'fees', tenant: origin.caller.tenant, id: fee.bookId };
    const command = { type: 'SettleFee', feeId: fee.feeId, paymentStatus } as const;
    return this.aggregates.decide(feeBookDecider, target, command, origin);
  }
}
