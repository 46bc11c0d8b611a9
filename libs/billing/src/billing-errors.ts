/** A subscription that cannot be billed as things are. Others go on; this one is reported until somebody has mended it. */
export class NotBillable extends Error {
  override readonly name = 'NotBillable';
}

/** The read models did not reach the log in time, so nothing was billed. To be tried again. */
export class ReadModelsBehind extends Error {
  override readonly name = 'ReadModelsBehind';

  constructor(readonly position: number) {
    super(`the read models have not reached position ${position} of the log in time`);
  }
}

/** Too many others took numbers at the same moment. Nothing is lost: the next run numbers the invoice. */
export class NumberingContended extends Error {
  override readonly name = 'NumberingContended';
}
