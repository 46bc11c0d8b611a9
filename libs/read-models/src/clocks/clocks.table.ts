import { schemaOf } from '@odometer/projections';
import { EntitySchema } from 'typeorm';

export const CLOCKS = 'clocks';

export const clocksTables = (schema: string): string => `
  CREATE TABLE ${schema}.clock (
    tenant text NOT NULL,
    code text COLLATE "C" NOT NULL,
    now timestamptz NOT NULL,
    PRIMARY KEY (tenant, code)
  );
`;

export interface ClockRow {
  readonly tenant: string;
  readonly code: string;
  readonly now: Date;
}

export const clockEntity = new EntitySchema<ClockRow>({
  name: 'clock',
  schema: schemaOf(CLOCKS),
  tableName: 'clock',
  columns: {
    tenant: { type: 'text', primary: true },
    code: { type: 'text', primary: true },
    now: { type: 'timestamptz' },
  },
});

export const clockEntities = [clockEntity];
