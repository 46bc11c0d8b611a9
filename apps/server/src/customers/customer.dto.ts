import type { CustomerChanges, JsonObject } from '@odometer/domain';
import type { CustomerView } from '@odometer/read-models';
import { Type, type Static } from '@sinclair/typebox';
import { answer, Nullable, pageOf } from '../http/answers.js';
import { IntegerField, ObjectField, TextField } from '../http/fields.js';
import { PageQuery } from '../http/paging.js';
import type { PersonalData } from './personal-data.js';

/** What can be said of a customer. Absent: stays as it is; null: is taken away. */
export class CustomerChangeBody {
  @TextField({ description: 'Name of the person or company.', optional: true, max: 500 })
  name?: string | null;

  @TextField({ description: 'E-mail address.', optional: true, max: 320 })
  email?: string | null;

  @TextField({ description: 'Postal address.', optional: true, max: 1_000 })
  address?: string | null;

  @TextField({ description: 'Tax id.', optional: true, max: 100 })
  tax_id?: string | null;

  @TextField({ description: 'ISO 4217 code.', optional: true, max: 3, example: 'EUR' })
  currency?: string | null;

  @TextField({
    description: 'IANA time zone that periods and days follow.',
    optional: true,
    max: 100,
    example: 'Europe/Paris',
  })
  timezone?: string | null;

  @IntegerField({
    description: 'Days that an invoice stays a draft.',
    min: 0,
    max: 365,
    optional: true,
  })
  grace_period_days?: number | null;

  @ObjectField({ description: 'Your own data, replaced as a whole.', optional: true })
  metadata?: JsonObject | null;
}

export class CustomerBody extends CustomerChangeBody {
  @TextField({ description: 'Your own id of the customer.', max: 255, example: 'acme' })
  external_id!: string;

  @TextField({
    description: 'Test clock that the customer lives on; chosen at the first registration.',
    optional: true,
    max: 100,
  })
  test_clock?: string | null;
}

export class CustomersQuery extends PageQuery {
  @TextField({
    description: 'Only those whose `external_id` begins with this.',
    optional: true,
    max: 255,
  })
  external_id_prefix?: string;

  @TextField({ description: 'Only those on this test clock.', optional: true, max: 100 })
  test_clock?: string;
}

const PERSONAL_FIELDS = [
  ['name', 'name'],
  ['email', 'email'],
  ['address', 'address'],
  ['taxId', 'tax_id'],
] as const;

/** What the body changes besides personal data. */
export function changesOf(
  body: CustomerChangeBody & { test_clock?: string | null },
): CustomerChanges {
  return {
    ...(body.currency === undefined ? {} : { currency: body.currency }),
    ...(body.timezone == null ? {} : { timezone: body.timezone }),
    ...(body.grace_period_days == null ? {} : { gracePeriodDays: body.grace_period_days }),
    ...(body.metadata === undefined ? {} : { metadata: body.metadata ?? {} }),
    ...(body.test_clock == null ? {} : { testClock: body.test_clock }),
  };
}

/** The personal data after the body's changes. */
export function personalAfter(before: PersonalData, body: CustomerChangeBody): PersonalData {
  const after: Record<string, string> = {};
  for (const [field, sent] of PERSONAL_FIELDS) {
    const value = body[sent] === undefined ? before[field] : body[sent];
    if (value != null) after[field] = value;
  }
  return after;
}

export const CustomerAnswer = answer(
  'Customer',
  Type.Object({
    external_id: Type.String(),
    name: Nullable(Type.String()),
    email: Nullable(Type.String()),
    address: Nullable(Type.String()),
    tax_id: Nullable(Type.String()),
    currency: Nullable(Type.String()),
    timezone: Type.String(),
    grace_period_days: Type.Integer(),
    metadata: Type.Record(Type.String(), Type.Any()),
    test_clock: Nullable(Type.String()),
    status: Type.String({ enum: ['active', 'archived'] }),
    erased: Type.Boolean({ description: 'True when the personal data was erased.' }),
  }),
);

export const CustomerPage = pageOf('Customer', CustomerAnswer);

export const customerAnswer = (
  { externalId, details, archived, erased }: CustomerView,
  personal: PersonalData,
): Static<typeof CustomerAnswer> => ({
  external_id: externalId,
  name: personal.name ?? null,
  email: personal.email ?? null,
  address: personal.address ?? null,
  tax_id: personal.taxId ?? null,
  currency: details.currency ?? null,
  timezone: details.timezone,
  grace_period_days: details.gracePeriodDays,
  metadata: details.metadata,
  test_clock: details.testClock ?? null,
  status: archived ? 'archived' : 'active',
  erased,
});
