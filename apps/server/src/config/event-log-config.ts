import { InvalidConfig } from './invalid-config.js';
import type { Variables } from './variables.js';

/** Where the log is kept. */
export type EventLogConfig =
  { readonly kind: 'postgres' } | { readonly kind: 'eventstoredb'; readonly url: string };

export type EventLogKind = EventLogConfig['kind'];

/** Throws InvalidConfig when the store that was chosen has no address. */
export function eventLogConfigOf(
  variables: Pick<Variables, 'EVENT_STORE' | 'EVENTSTORE_URL'>,
): EventLogConfig {
  if (variables.EVENT_STORE === 'postgres') return { kind: 'postgres' };
  const url = variables.EVENTSTORE_URL;
  if (url !== undefined) return { kind: 'eventstoredb', url };
  throw new InvalidConfig(
    'The configuration is not valid.\nEVENTSTORE_URL: EVENT_STORE=eventstoredb needs the address of the server.',
  );
}
