import { SeriesCache, type SeriesEntry } from './series-cache.js';
import { seriesOf } from './series.js';

const scope = { tenant: 't', code: 'request' };

describe('the cache of series', () => {
  const given = () => {
    const cache = new SeriesCache();
    const add = (customerId: string): SeriesEntry => {
      const entry = cache.add(scope, customerId, seriesOf(scope, { customerId }, null));
      entry.days.set(1, { day: 1, byMeter: new Map(), adders: [], loaded: true, changed: false });
      cache.grow();
      return entry;
    };
    const fill = (): void => {
      for (let row = 0; row < 16_385; row += 1) cache.grow();
      cache.age();
    };
    return { cache, add, fill };
  };

  it('has what a subject had lately without looking it up', () => {
    const { cache, add } = given();
    const entry = add('acme');
    const ofSubject: SeriesEntry[] = [];
    expect(cache.knownOf(scope, ofSubject)).toBeUndefined();
    cache.note(ofSubject, entry);
    expect(cache.knownOf(scope, ofSubject)).toBe(entry);
    expect(cache.knownOf({ ...scope }, ofSubject)).toBeUndefined();
    expect(new SeriesCache().knownOf(scope, ofSubject)).toBeUndefined();
  });

  it('looks series of an old generation up, which keeps them', () => {
    const { cache, add, fill } = given();
    const entry = add('acme');
    fill();
    expect(cache.knownOf(scope, [entry])).toBeUndefined();
    expect(cache.known(scope, 'acme')).toBe(entry);
    expect(cache.knownOf(scope, [entry])).toBe(entry);
    fill();
    expect(cache.known(scope, 'acme')).toBe(entry);
    expect(entry.days.size).toBe(1);
  });

  it('drops the days of series that were not in use for a generation', () => {
    const { cache, add, fill } = given();
    const entry = add('acme');
    fill();
    fill();
    expect(entry.days.size).toBe(0);
    expect(cache.known(scope, 'acme')).toBeUndefined();
    expect(cache.knownOf(scope, [entry])).toBeUndefined();
  });

  it('keeps one series of a scope with a subject, of a few scopes', () => {
    const { cache, add } = given();
    const ofSubject: SeriesEntry[] = [];
    const [once, again] = [add('a'), add('a')];
    cache.note(ofSubject, once);
    cache.note(ofSubject, again);
    expect(ofSubject).toEqual([again]);
    for (const code of ['b', 'c', 'd', 'e']) {
      const other = { tenant: 't', code };
      cache.note(ofSubject, cache.add(other, 'a', seriesOf(other, { customerId: 'a' }, null)));
    }
    expect(ofSubject.map(({ series }) => series.code)).toEqual(['e', 'b', 'c', 'd']);
  });
});
