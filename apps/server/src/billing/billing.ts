/** What routes ask of the biller. */
export abstract class Billing {
  /**
   * Runs everything that is due on a test clock, in order of time. `position` is that of the log which the clock's own event
   * reached. Answers the log position when all is done.
   */
  abstract runClock(tenant: string, code: string, position: number): Promise<number>;
}
