import { meterOf, recordsOf, stretchOf } from '../pricing/rate-part.fixture.js';
import { totalsOfEvents } from './event-totals.js';

const { period, full } = stretchOf('2024-03');
const at = '2024-03-02T00:00:00Z';
const records = recordsOf([
  { at, value: '1', properties: { region: 'us' } },
  { at, value: '2', properties: { region: 'eu' } },
  { at, value: '4', properties: {} },
  { at, value: '8', properties: { region: 'us' } },
]);
const request = { meter: meterOf('sum'), weighting: { period, full } };
const brief = (groups: ReturnType<typeof totalsOfEvents>) =>
  groups.map(({ total: { group, value, eventsCount }, events }) => [
    group,
    value.toFixed(),
    eventsCount,
    events.map(({ transactionId }) => transactionId).join(),
  ]);

describe('the totals of records', () => {
  it('are one without groups, also of no records', () => {
    expect(brief(totalsOfEvents(request, records))).toEqual([[{}, '15', 4, 't0,t1,t2,t3']]);
    expect(brief(totalsOfEvents(request, []))).toEqual([[{}, '0', 0, '']]);
  });

  it('are one for each value, and one for records that have none', () => {
    expect(brief(totalsOfEvents({ ...request, groupBy: ['region'] }, records))).toEqual([
      [{ region: 'eu' }, '2', 1, 't1'],
      [{ region: 'us' }, '9', 2, 't0,t3'],
      [{ region: null }, '4', 1, 't2'],
    ]);
    expect(totalsOfEvents({ ...request, groupBy: ['region'] }, [])).toEqual([]);
  });

  it('are put together where several groups are one', () => {
    const regroup = (group: Readonly<Record<string, string | null>>) => ({
      filter: group['region'] === null ? 'rest' : 'known',
    });
    expect(brief(totalsOfEvents({ ...request, groupBy: ['region'], regroup }, records))).toEqual([
      [{ filter: 'known' }, '11', 3, 't0,t1,t3'],
      [{ filter: 'rest' }, '4', 1, 't2'],
    ]);
  });
});
