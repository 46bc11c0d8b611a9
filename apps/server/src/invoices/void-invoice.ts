import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { invoiceDecider, type InvoiceEvent, type InvoiceState } from '@odometer/domain';
import type { Handled } from '@odometer/event-store';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';

export class VoidInvoice extends Command<Handled<InvoiceState, InvoiceEvent>> {
  constructor(
    readonly invoiceId: string,
    readonly reason: string | null,
    readonly origin: CommandOrigin,
  ) {
    super();
  }
}

@CommandHandler(VoidInvoice)
export class VoidInvoiceHandler implements ICommandHandler<VoidInvoice> {
  constructor(private readonly aggregates: Aggregates) {}

  execute({
    invoiceId,
    reason,
    origin,
  }: VoidInvoice): Promise<Handled<InvoiceState, InvoiceEvent>> {
    const target = { kind: 'invoice', tenant: origin.caller.tenant, id: invoiceId };
    const command = { type: 'VoidInvoice', invoiceId, reason } as const;
    return this.aggregates.decide(invoiceDecider, target, command, origin);
  }
}
