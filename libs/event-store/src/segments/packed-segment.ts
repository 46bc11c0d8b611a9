import type { UsageRecord } from '@odometer/domain';
import type { Column } from './column.js';
import { CUSTOMERS_FIELD, type PackedColumns } from './pack-columns.js';
import { PackedColumn, RawReader } from './packed-column.js';
import { PackedProperties } from './packed-properties.js';
import type { TextList } from './text-list.js';
import type { PropertyColumn, Texts, UsageColumns } from './usage-columns.js';

/** The columns of a packed segment, each unpacked when it is first asked for. */
export class PackedSegment implements UsageColumns {
  readonly count: number;
  private readonly ids: PackedColumn;
  private readonly packed;
  private readonly properties: PackedProperties;
  private readonly unpacked: {
    codes?: Texts;
    customers?: Texts;
    subscriptions?: Texts;
    entities?: Texts;
    timestamps?: Float64Array;
    records?: readonly UsageRecord[];
  } = {};

  /** Customers that are listed are not in their column. Throws on columns that do not fit together. */
  constructor(columns: PackedColumns, bytes: Uint8Array, listed: TextList | null) {
    this.count = columns.n;
    const raw = new RawReader(bytes);
    const columnOf = (column: Column, field: number): PackedColumn =>
      new PackedColumn(column, columns.n, raw, field === CUSTOMERS_FIELD ? listed : null);
    const [ids, codes, customers, subscriptions, entities, timestamps, assigned, shapes] =
      columns.f.map(columnOf) as EightColumns;
    this.ids = ids;
    this.packed = { codes, customers, subscriptions, entities, timestamps, assigned };
    this.properties = new PackedProperties(columns, shapes, raw);
  }

  get uuids(): Uint8Array | null {
    return this.ids.uuids;
  }

  get codes(): Texts {
    return (this.unpacked.codes ??= this.packed.codes.texts());
  }

  get customers(): Texts {
    return (this.unpacked.customers ??= this.packed.customers.texts());
  }

  get subscriptions(): Texts {
    return (this.unpacked.subscriptions ??= this.packed.subscriptions.texts());
  }

  get entities(): Texts {
    return (this.unpacked.entities ??= this.packed.entities.texts());
  }

  get timestamps(): Float64Array {
    return (this.unpacked.timestamps ??= this.packed.timestamps.numbers());
  }

  get records(): readonly UsageRecord[] {
    return (this.unpacked.records ??= this.ids
      .values()
      .map((id, index) => this.recordOf(id as string, index)));
  }

  transactionId(index: number): string {
    return this.ids.at(index) as string;
  }

  timestampAssigned(index: number): boolean {
    return this.packed.assigned.at(index) === true;
  }

  property(name: string): PropertyColumn {
    return this.properties.column(name);
  }

  record(index: number): UsageRecord | undefined {
    return index < this.count ? this.recordOf(this.transactionId(index), index) : undefined;
  }

  private recordOf(transactionId: string, index: number): UsageRecord {
    const { codes, customers, subscriptions, entities, timestamps } = this.packed;
    return {
      transactionId,
      code: codes.at(index) as string,
      customerId: (customers.at(index) ?? undefined) as string | undefined,
      subscriptionId: (subscriptions.at(index) ?? undefined) as string | undefined,
      entityId: (entities.at(index) ?? undefined) as string | undefined,
      timestamp: timestamps.at(index) as number,
      timestampAssigned: this.timestampAssigned(index) ? true : undefined,
      properties: this.properties.of(index),
    };
  }
}

type EightColumns = [
  PackedColumn,
  PackedColumn,
  PackedColumn,
  PackedColumn,
  PackedColumn,
  PackedColumn,
  PackedColumn,
  PackedColumn,
];
