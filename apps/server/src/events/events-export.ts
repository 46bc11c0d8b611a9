import type { UsageRecordRow } from '@odometer/read-models';
import type { ExportShape } from '../exports/export-format.js';

type Field = Exclude<keyof UsageRecordRow, 'properties'>;

const FIELDS: readonly Field[] = [
  'transaction_id',
  'code',
  'customer_id',
  'subscription_id',
  'entity_id',
  'timestamp',
  'status',
  'received_at',
  'position',
];

/** Records as lines; in CSV the properties are one column of JSON, for each record has its own. */
export const EVENTS_EXPORT: ExportShape<UsageRecordRow> = {
  name: 'events',
  json: (row) => row,
  columns: [
    ...FIELDS.map((name) => ({ name, cell: (row: UsageRecordRow) => row[name] })),
    { name: 'properties', cell: ({ properties }: UsageRecordRow) => JSON.stringify(properties) },
  ],
};
