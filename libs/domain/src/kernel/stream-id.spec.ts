import { fromIso } from './instant.js';
import { streamIdOf, usageStreamId } from './stream-id.js';

describe('the id of a stream', () => {
  it('names what it is about, its tenant and its id, with whatever the id holds', () => {
    expect(streamIdOf('invoice', 'acme', 'a-b/ü %')).toBe('invoice-acme-a-b%2F%C3%BC%20%25');
    expect(usageStreamId('acme', 3)).toBe('usage-acme-3');
  });
});

describe('an instant that we wrote', () => {
  it('is read to the millisecond, and nothing else is', () => {
    expect(fromIso('1970-01-01T00:00:01.001Z')).toBe(1_001);
    expect(() => fromIso('yesterday')).toThrow('not an ISO 8601 instant: yesterday');
  });
});
