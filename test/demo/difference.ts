/** A number of the API that is not the one worked out from the flights. */
export interface Difference {
  readonly airport: string;
  readonly month: string;
  readonly what: string;
  readonly expected: string;
  readonly got: string;
}
