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
const prices = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('1234.56', '-0.5', 12.5, 0, '9'.repeat(20), 1e-7) },
  fc.constantFrom(
    '',
    '1e3',
    '1.',
    '9'.repeat(21),
    1e20,
    `0.${'1'.repeat(16)}`,
    null,
    true,
    {},
    'x',
  ),
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
      { weight: 2, arbitrary: fc.record({ precise_total_amount_cents: prices, units: fc.nat() }) },
      fc.constantFrom(null, 'x', 1, []),
    ),
  },
  { requiredKeys: ['transaction_id', 'code', 'customer_id'] },
);
const priced = ([sent, price]: [object, unknown]): object => ({
  ...sent,
  precise_total_amount_cents: price,
});
const anything = fc.oneof(
  { weight: 8, arbitrary: sentRecords },
  sentRecords.map(({ customer_id: _, ...rest }) => rest),
  sentRecords.map((sent) => ({ ...sent, surplus: 1 })),
  { weight: 2, arbitrary: fc.tuple(sentRecords, prices).map(priced) },
  fc.jsonValue(),
);
const read = (sent: unknown): ReturnType<typeof readRecord> => {
  const body = parseExactJson(Buffer.from(JSON.stringify(sent)));
  return readRecord(body.value, { receivedAt: NOW, traits: traitsOf(body) });
};
/** NUL, lone surrogates, `__proto__` and a price that is named twice are beyond what the schema can say. */
const isPlain = (sent: unknown): boolean =>
  !/\\u0000|\\ud[89a-f]|__proto__|(precise_total_amount_cents.*){2}/.test(JSON.stringify(sent));

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
      fc.property(sentRecords, fc.jsonValue(), prices, (sent, value, price) => {
        const accepted = read(priced([{ ...sent, properties: { value } }, price]));
        fc.pre(accepted !== undefined);
        const { record, bytes } = accepted;
        const row = Object.values(record).filter((field) => field !== undefined);
        expect(bytes).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(row)));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the price that a record names', () => {
  const base = { transaction_id: 't', code: 'c', customer_id: 'a' };
  const name = 'precise_total_amount_cents';
  const propertiesOf = (text: string) => {
    const body = parseExactJson(Buffer.from(text));
    return readRecord(body.value, { receivedAt: NOW, traits: traitsOf(body) })?.record.properties;
  };

  it.each([
    ['a text', '"1234.56"', '1234.56'],
    ['a number', '20.2', 20.2],
    ['a number with more digits than a double holds', '0.100000000000001', 0.100000000000001],
    ['a long number', '12345678901234567890.5', '12345678901234567890.5'],
    ['below zero', '"-3"', '-3'],
  ])('is kept as a property when it is %s', (_, sent, kept) => {
    const head = '{"transaction_id":"t","code":"c","customer_id":"a"';
    expect(propertiesOf(`${head},"${name}":${sent}}`)).toEqual({ [name]: kept });
    expect(propertiesOf(`${head},"properties":{"n":1},"${name}":${sent}}`)).toEqual({
      n: 1,
      [name]: kept,
    });
    expect(propertiesOf(`${head},"properties":{"${name}":${sent}}}`)).toEqual({ [name]: kept });
  });

  it('may stand in both places when it is the same', () => {
    expect(read({ ...base, [name]: '5', properties: { [name]: '5' } })?.record.properties).toEqual({
      [name]: '5',
    });
    expect(
      explainRecord({ ...base, [name]: '5', properties: { [name]: '6' } }, '/events/3', NOW),
    ).toEqual([
      {
        pointer: `/events/3/${name}`,
        code: 'ambiguous',
        detail: `${name} stands in properties as well, with another price`,
      },
    ]);
  });

  it('is explained when it is none', () => {
    const errors = explainRecord({ ...base, [name]: '1e3', properties: { [name]: null } }, '', NOW);
    expect(errors.map(({ pointer, code }) => [pointer, code])).toEqual([
      [`/${name}`, 'bad_format'],
      [`/properties/${name}`, 'bad_format'],
    ]);
    expect(errors[0]?.detail).toContain('at most 20 digits before the point and 15 after it');
  });
});
