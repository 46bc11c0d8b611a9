import { TypeCompiler } from '@sinclair/typebox/compiler';
import fc from 'fast-check';
import { parseExactJson } from '../body/exact-json.js';
import { explainRecord } from './explain-record.js';
import { readRecord } from './read-record.js';
import { USAGE_RECORD_SCHEMA } from './record-schema.js';
import { traitsOf } from './text.js';

const NOW = Date.parse('2026-01-31T12:00:00Z');
const schema = TypeCompiler.Compile(USAGE_RECORD_SCHEMA);

const ids = fc.oneof(
  { weight: 40, arbitrary: fc.string({ minLength: 1, maxLength: 12 }) },
  fc.constantFrom('', 'x'.repeat(255), 'x'.repeat(256)),
  fc.jsonValue(),
);
const codes = fc.oneof(
  { weight: 40, arbitrary: fc.stringMatching(/^[A-Za-z0-9_.:-]{1,12}$/) },
  fc.constantFrom('', 'a b', 'é', 'x'.repeat(100), 'x'.repeat(101), 'a\n'),
  fc.jsonValue(),
);
const sentRecords = fc.record(
  {
    transaction_id: ids,
    code: codes,
    customer_id: ids,
    subscription_id: ids,
    entity_id: ids,
    timestamp: fc.oneof(
      {
        weight: 20,
        arbitrary: fc.constantFrom('2026-01-31T12:34:56Z', 1_769_862_896, '1769862896.5'),
      },
      fc.constantFrom(true, null, {}, []),
    ),
    properties: fc.oneof(
      {
        weight: 20,
        arbitrary: fc.dictionary(fc.string({ maxLength: 5 }), fc.oneof(fc.integer(), fc.string())),
      },
      fc.constantFrom(null, 'x', 1, []),
    ),
  },
  { requiredKeys: ['transaction_id', 'code', 'customer_id'] },
);
const anything = fc.oneof(
  { weight: 8, arbitrary: sentRecords },
  sentRecords.map(({ customer_id: _, ...rest }) => rest),
  sentRecords.map((sent) => ({ ...sent, surplus: 1 })),
  fc.jsonValue(),
);
const read = (sent: unknown): ReturnType<typeof readRecord> => {
  const body = parseExactJson(Buffer.from(JSON.stringify(sent)));
  return readRecord(body.value, { receivedAt: NOW, traits: traitsOf(body) });
};
/** NUL, lone surrogates and `__proto__` are beyond what the schema can say. */
const isPlain = (sent: unknown): boolean =>
  !/\\u0000|\\ud[89a-f]|__proto__/.test(JSON.stringify(sent));

describe('reading a record', () => {
  it('accepts what the schema accepts, and nothing else', () => {
    const seen = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(anything, (sent) => {
        fc.pre(isPlain(sent));
        const accepted = read(sent) !== undefined;
        seen[accepted ? 'accepted' : 'refused'] += 1;
        expect(accepted).toBe(schema.Check(JSON.parse(JSON.stringify(sent))));
      }),
      { numRuns: 2_000 },
    );
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(100);
  });

  it('refuses exactly what can be explained', () => {
    fc.assert(
      fc.property(anything, (sent) => {
        const value: unknown = JSON.parse(JSON.stringify(sent));
        expect(explainRecord(value, '', NOW).length === 0).toBe(read(sent) !== undefined);
      }),
      { numRuns: 1_000 },
    );
  });

  it('never understates the bytes of a record', () => {
    fc.assert(
      fc.property(sentRecords, fc.jsonValue(), (sent, value) => {
        const accepted = read({ ...sent, properties: { value } });
        fc.pre(accepted !== undefined);
        const { record, bytes } = accepted;
        const row = Object.values(record).filter((field) => field !== undefined);
        expect(bytes).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(row)));
      }),
      { numRuns: 1_000 },
    );
  });
});
