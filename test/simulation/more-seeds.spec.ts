import { describeSeeds } from './describe-seeds.js';

// In a file of its own, so that two workers share the seeds.
describeSeeds(101, 200);
