import { TypeCompiler } from '@sinclair/typebox/compiler';
import { checkMeter } from '../meter-check.js';
import { aggregationOf, aggregations, findAggregation } from './registry.js';
import { aggregationExample, aggregationSchema } from './settings.js';

const schemaOf = (code: string) => aggregationSchema(findAggregation(code)!);

describe('the schema of an aggregation', () => {
  it('has its code and nothing else where nothing is looked at', () => {
    expect(schemaOf('count')).toMatchObject({
      properties: { type: { const: 'count' } },
      required: ['type'],
      additionalProperties: false,
    });
    expect(Object.keys(schemaOf('count').properties)).toEqual(['type']);
  });

  it('asks for a property or an expression of the right kind', () => {
    const { properties, oneOf } = schemaOf('unique_count') as unknown as {
      properties: Record<string, { description: string }>;
      oneOf: unknown;
    };
    expect(Object.keys(properties)).toEqual(['type', 'field', 'expression']);
    expect(properties['field']!.description).toMatch(/a text\.$/);
    expect(oneOf).toEqual([{ required: ['field'] }, { required: ['expression'] }]);
  });

  it('asks for settings of its own', () => {
    expect(schemaOf('custom')).toMatchObject({
      required: ['type', 'settings'],
      properties: { settings: { required: ['formula'] } },
    });
  });

  it.each(aggregations.map((aggregation) => [aggregation.code, aggregation] as const))(
    'accepts the example of %s, as a meter does',
    (code, one) => {
      const aggregation = aggregationExample(one);
      expect(TypeCompiler.Compile(aggregationSchema(one)).Check(aggregation)).toBe(true);
      const meter = { code: 'm', eventCode: 'e', aggregation, filters: {}, groupBy: [] };
      expect(checkMeter(meter)).toEqual([]);
      expect(aggregationOf(meter).code).toBe(code);
    },
  );
});
