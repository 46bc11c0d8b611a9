/**
 * What happens to bytes on their way.
 *
 * `pass`: nothing. `cut requests`: the connection breaks before the server hears the next request. `cut answers`: the server does what
 * it is asked, and the connection breaks before the answer. `swallow answers`: the server does what it is asked, and nothing is ever
 * heard again. `black hole`: neither side hears anything any more, and neither learns of it. `refuse`: new connections break at once.
 * `latency`: every byte comes later. `throttle`: few bytes come in a second. `cut after`: the connection breaks in the middle of an
 * answer, after so many bytes of it.
 *
 * TCP never leaves out bytes: a connection of which some were swallowed stays silent until it is closed, whatever is set afterwards.
 */
export type Fault =
  | 'pass'
  | 'cut requests'
  | 'cut answers'
  | 'swallow answers'
  | 'black hole'
  | 'refuse'
  | { readonly kind: 'latency'; readonly ms: number; readonly jitterMs: number }
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number }
  | { readonly kind: 'cut after'; readonly bytes: number };

export type FaultKind = Exclude<Fault, object> | Extract<Fault, object>['kind'] | 'reset';

export const kindOf = (fault: Fault): FaultKind => (typeof fault === 'string' ? fault : fault.kind);
