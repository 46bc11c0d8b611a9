import type { UsageRecord } from '@odometer/domain';
import { textsOf } from './packed-column.js';
import type { PropertyColumn, Texts, UsageColumns } from './usage-columns.js';

class RecordColumns implements UsageColumns {
  readonly uuids = null;
  readonly count: number;
  readonly codes: Texts;
  readonly customers: Texts;
  readonly subscriptions: Texts;
  readonly entities: Texts;
  readonly timestamps: Float64Array;

  constructor(readonly records: readonly UsageRecord[]) {
    this.count = records.length;
    this.codes = textsOf(records.map(({ code }) => code));
    this.customers = textsOf(records.map(({ customerId }) => customerId));
    this.subscriptions = textsOf(records.map(({ subscriptionId }) => subscriptionId));
    this.entities = textsOf(records.map(({ entityId }) => entityId));
    this.timestamps = Float64Array.from(records, ({ timestamp }) => timestamp);
  }

  transactionId(index: number): string {
    return this.records[index]!.transactionId;
  }

  timestampAssigned(index: number): boolean {
    return this.records[index]!.timestampAssigned === true;
  }

  property(name: string): PropertyColumn {
    const values = this.records.map(({ properties }) =>
      properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined,
    );
    return {
      at: (index) => values[index],
      numbers: Float64Array.from(values, (value) => (typeof value === 'number' ? value : NaN)),
    };
  }

  record(index: number): UsageRecord | undefined {
    return this.records[index];
  }
}

/** Records that are there as objects, column by column. */
export const columnsOfRecords = (records: readonly UsageRecord[]): UsageColumns =>
  new RecordColumns(records);
