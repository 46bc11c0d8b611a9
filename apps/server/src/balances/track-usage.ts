import { randomUUID } from 'node:crypto';
import { fromIso, meterAt, toIso, type Meter } from '@odometer/domain';
import { parseExactJson, readOne, type Intake } from '@odometer/ingest';
import type { Catalog } from '../commands/catalog.js';
import type { Clocks } from '../commands/clocks.js';
import { notFound } from '../http/answers.js';
import type { Caller } from '../http/auth/caller.js';
import { HttpProblem } from '../http/problem.js';
import { usageRefusalOf } from '../usage-intake/intake-problem.js';
import type { UsageReading } from '../usage/usage-reading.js';
import type { TrackBody } from './balance.dto.js';

export interface Tracked {
  readonly transactionId: string;
  readonly status: 'accepted' | 'duplicate';
  readonly position: number;
}

/** Records usage of a feature: what `POST /v1/events` does, said in terms of the feature instead of its meter. */
export class TrackUsage {
  constructor(
    private readonly parts: {
      readonly intake: Intake;
      readonly catalog: Catalog;
      readonly clocks: Clocks;
      readonly usage: UsageReading;
      readonly now: () => number;
    },
  ) {}

  async track(caller: Caller, body: TrackBody): Promise<Tracked> {
    const { tenant } = caller;
    const meter = await this.meterOf(tenant, body.feature_code);
    const transactionId = body.transaction_id ?? randomUUID();
    const timestamp =
      body.timestamp ?? toIso(await this.parts.clocks.nowOf(tenant, body.customer_id));
    // The version that will count the record says which property that is.
    const valid = meterAt(meter, fromIso(timestamp) + 1);
    const record = {
      transaction_id: transactionId,
      code: meter.eventCode,
      customer_id: body.customer_id,
      entity_id: body.entity_id,
      timestamp,
      properties: { ...body.properties, ...measured(valid, body) },
    };
    const { status, position } = await this.takeIn(caller, record);
    return { transactionId, status, position };
  }

  /** The same way in as for every record, so that the same limits hold. Throws HttpProblem for what the intake refuses. */
  private async takeIn(caller: Caller, record: object): Promise<Omit<Tracked, 'transactionId'>> {
    try {
      const parsed = parseExactJson(Buffer.from(JSON.stringify(record)));
      const read = readOne(parsed, { receivedAt: this.parts.now() });
      return await this.parts.intake.acceptOne(
        { tenant: caller.tenant, actor: caller.keyId },
        read,
      );
    } catch (error) {
      const { document, headers } = usageRefusalOf(error);
      if (document.status === 500) throw error;
      const { status, code, detail, errors } = document;
      throw new HttpProblem(status, code, detail, { errors: errors ?? [], headers });
    }
  }

  private async meterOf(tenant: string, featureCode: string): Promise<Meter> {
    const feature = await this.parts.catalog.feature(tenant, featureCode);
    if (feature === null) throw notFound('feature', featureCode);
    if (feature.meterCode !== undefined) return this.parts.usage.meter(tenant, feature.meterCode);
    const error = {
      pointer: '/feature_code',
      code: 'not_metered',
      detail: 'Must be a metered feature',
    };
    throw new HttpProblem(422, 'validation_failed', 'Not valid: /feature_code.', {
      errors: [error],
    });
  }
}

/**
 * The property that the meter aggregates, 1 unless the request says otherwise; a meter without one counts records, each of
 * which is one.
 */
function measured(
  { aggregation: { field }, code }: Meter,
  { value, properties }: TrackBody,
): Record<string, string> {
  if (field !== undefined) {
    const isSent = value === undefined && properties !== undefined && field in properties;
    return isSent ? {} : { [field]: value ?? '1' };
  }
  if (value === undefined || Number(value) === 1) return {};
  const detail = `Must be 1: meter ${code} counts records and aggregates no property`;
  throw new HttpProblem(422, 'validation_failed', 'Not valid: /value.', {
    errors: [{ pointer: '/value', code: 'must_be_one', detail }],
  });
}
