import type { UsageRecord } from '../metering/usage-record.js';
import {
  correctionDecider,
  REASON_LENGTH_MAX,
  type CorrectableRecord,
  type CorrectionCommand,
  type RecordChanges,
} from './correction.js';
import type { CorrectionEvent } from './correction-events.js';

const { decide, evolve, initialState } = correctionDecider;

const NOON = Date.parse('2026-05-05T12:00:00Z');
const sent: UsageRecord = {
  transactionId: 't1',
  code: 'requests',
  customerId: 'acme',
  subscriptionId: undefined,
  entityId: 'team',
  timestamp: NOON,
  timestampAssigned: true,
  properties: { bytes: 5, region: 'eu' },
};
const standing: CorrectableRecord = { status: 'standing', record: sent };
const voided: CorrectableRecord = { status: 'voided', record: sent };

const voiding: CorrectionCommand = { type: 'VoidUsage', reason: 'a test run' };
const amending = (changes: RecordChanges): CorrectionCommand => ({
  type: 'AmendUsage',
  reason: 'wrong unit',
  changes,
});

const codeOf = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return undefined;
};

describe('voiding a record', () => {
  it('takes it back by its identity', () => {
    expect(decide(voiding, standing)).toEqual([
      { type: 'UsageVoided', data: { transactionId: 't1', customerId: 'acme' } },
    ]);
  });

  it('names the subscription of a record that names one', () => {
    const record = { ...sent, customerId: undefined, subscriptionId: 'sub' };
    expect(decide(voiding, { status: 'standing', record })).toEqual([
      { type: 'UsageVoided', data: { transactionId: 't1', subscriptionId: 'sub' } },
    ]);
  });

  it('is quiet the second time', () => {
    expect(decide(voiding, voided)).toEqual([]);
  });

  it('is refused for a record that is not there', () => {
    expect(codeOf(() => decide(voiding, initialState()))).toBe('event_not_found');
  });

  it.each([
    ['empty', ''],
    ['too long', 'x'.repeat(REASON_LENGTH_MAX + 1)],
    ['unprintable', 'a\u0007b'],
  ])('is refused when the reason is %s', (_, reason) => {
    expect(codeOf(() => decide({ type: 'VoidUsage', reason }, standing))).toBe('validation_failed');
  });
});

describe('amending a record', () => {
  const contentAfter = (changes: RecordChanges, record = sent): unknown => {
    const [event] = decide(amending(changes), { status: 'standing', record });
    return (event as Extract<CorrectionEvent, { type: 'UsageAmended' }>).data.content;
  };

  it('keeps what is not changed', () => {
    expect(decide(amending({ properties: { bytes: 7 } }), standing)).toEqual([
      {
        type: 'UsageAmended',
        data: {
          transactionId: 't1',
          customerId: 'acme',
          content: {
            code: 'requests',
            timestamp: '2026-05-05T12:00:00.000Z',
            entityId: 'team',
            properties: { bytes: 7 },
          },
        },
      },
    ]);
  });

  it.each<[RecordChanges, object]>([
    [{ code: 'calls' }, { code: 'calls' }],
    [{ timestamp: NOON + 1 }, { timestamp: '2026-05-05T12:00:00.001Z' }],
    [{ entityId: 'other' }, { entityId: 'other' }],
  ])('replaces %j', (changes, content) => {
    expect(contentAfter(changes)).toMatchObject(content);
  });

  it('takes an entity away', () => {
    expect(contentAfter({ entityId: null })).not.toHaveProperty('entityId');
  });

  it('leaves a record without properties without them', () => {
    const bare = { ...sent, properties: undefined };
    expect(contentAfter({ code: 'calls' }, bare)).not.toHaveProperty('properties');
  });

  it('is quiet when it changes nothing', () => {
    const same = { code: 'requests', timestamp: NOON, properties: { region: 'eu', bytes: 5 } };
    expect(decide(amending(same), standing)).toEqual([]);
  });

  it('is refused for a void record, and for one that is not there', () => {
    expect(codeOf(() => decide(amending({ code: 'calls' }), voided))).toBe('event_voided');
    expect(codeOf(() => decide(amending({ code: 'calls' }), initialState()))).toBe(
      'event_not_found',
    );
  });
});

describe('a record after corrections', () => {
  const [voidEvent] = decide(voiding, standing);
  const [amendment] = decide(amending({ properties: { bytes: 7 }, entityId: null }), standing);

  it('says what the last amendment says', () => {
    const [second] = decide(amending({ code: 'calls' }), evolve(standing, amendment!));
    expect(evolve(evolve(standing, amendment!), second!)).toEqual({
      status: 'standing',
      record: {
        transactionId: 't1',
        code: 'calls',
        customerId: 'acme',
        timestamp: NOON,
        properties: { bytes: 7 },
      },
    });
  });

  it('is void for good, whatever comes behind the void', () => {
    const after = evolve(standing, voidEvent!);
    expect(after).toEqual(voided);
    expect(evolve(evolve(after, amendment!), voidEvent!)).toEqual(voided);
  });

  it('stays unknown when it is', () => {
    expect(evolve(initialState(), amendment!)).toEqual({ status: 'none' });
  });
});
