import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  correctionDecider,
  type CorrectableRecord,
  type CorrectionCommand,
} from '@odometer/domain';
import type { RecordHistory, RecordRequest } from '@odometer/read-models';
import type { CommandOrigin } from '../commands/aggregates.js';
import { CorrectionLog } from './correction-log.js';

export interface Corrected {
  /** The record as it stands afterwards. */
  readonly record: RecordHistory;
  /** Where the log stands that the answer reflects. */
  readonly position: number;
}

/** Voids or amends one record of usage. `request.tenant` is the caller's. */
export class CorrectUsage extends Command<Corrected> {
  constructor(
    readonly request: RecordRequest,
    readonly correction: CorrectionCommand,
    readonly origin: CommandOrigin,
  ) {
    super();
  }
}

@CommandHandler(CorrectUsage)
export class CorrectUsageHandler implements ICommandHandler<CorrectUsage> {
  constructor(private readonly log: CorrectionLog) {}

  async execute({ request, correction, origin }: CorrectUsage): Promise<Corrected> {
    const before = await this.log.head();
    const record = await this.log.find(request, before);
    const [event] = correctionDecider.decide(correction, stateOf(record));
    if (event === undefined) return { record, position: before };
    const position = await this.log.append(event, correction.reason, origin);
    const after = await this.log.find(request, position);
    // Somebody else voided the record a moment before. Then the log holds the amendment behind the void, where it has no effect.
    if (!after.history.some((version) => version.position === position))
      correctionDecider.decide(correction, stateOf(after));
    return { record: after, position };
  }
}

const stateOf = ({ record, status }: RecordHistory): CorrectableRecord => ({
  status: status === 'voided' ? 'voided' : 'standing',
  record,
});
