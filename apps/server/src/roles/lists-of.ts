import { HttpProblem } from '../http/problem.js';
import type { Lists } from '../lists/lists.js';
import type { Platform } from './platform.js';

export function listsOf(_platform: Platform): Lists {
  const missing = (): never => {
    throw new HttpProblem(503, 'not_ready', 'Lists are not there yet.');
  };
  return {
    meters: missing,
    features: missing,
    plans: missing,
    customers: missing,
    subscriptions: missing,
    apiKeys: missing,
  };
}
