import { TypeCompiler } from '@sinclair/typebox/compiler';
import { checkMeter } from '../meter-check.js';
import { aggregations } from './registry.js';
import { settingsOf } from './settings.js';

const schemaOf = (code: string) => settingsOf(aggregations.find((one) => one.code === code)!);

describe('the settings of an aggregation', () => {
  it('are none where nothing is looked at', () => {
    expect(schemaOf('count')).toMatchObject({ properties: {}, additionalProperties: false });
  });

  it('are a property or an expression of the right kind', () => {
    const { properties, oneOf } = schemaOf('unique_count') as unknown as {
      properties: Record<string, { description: string }>;
      oneOf: unknown;
    };
    expect(Object.keys(properties)).toEqual(['field', 'expression']);
    expect(properties['field']!.description).toMatch(/a text\.$/);
    expect(oneOf).toEqual([{ required: ['field'] }, { required: ['expression'] }]);
  });

  it('include those of its own', () => {
    expect(schemaOf('custom')).toMatchObject({
      required: ['settings'],
      properties: { settings: { required: ['formula'] } },
    });
  });

  it('accept what a meter may say', () => {
    for (const { code } of aggregations) {
      const settings = code === 'custom' ? { settings: { formula: 'sum' } } : {};
      const field = code === 'count' ? {} : { field: 'v' };
      const given = { ...field, ...settings };
      expect(TypeCompiler.Compile(schemaOf(code)).Check(given)).toBe(true);
      const meter = { code: 'm', eventCode: 'e', filters: {}, groupBy: [] };
      expect(checkMeter({ ...meter, aggregation: { type: code, ...given } })).toEqual([]);
    }
  });
});
