import { defineAggregation } from '../../aggregation.js';
import { byTime, type ByTime } from '../by-time.js';

export const latest = defineAggregation<ByTime>({
  ...byTime(1),
  code: 'latest',
  title: 'Latest',
  description:
    'The value of a numeric property in the record with the latest timestamp; 0 when there is none.',
});
