/** The queue has no room. Nothing of the request was stored; the same may be sent again after a while. */
export class IntakeFull extends Error {
  override readonly name = 'IntakeFull';

  constructor(readonly retryAfterSeconds: number) {
    super('too much usage is waiting to be stored; nothing of this request was stored');
  }
}

/** The process is shutting down. Nothing of the request was stored. */
export class IntakeClosed extends Error {
  override readonly name = 'IntakeClosed';

  constructor() {
    super('the server is shutting down; nothing of this request was stored');
  }
}

/**
 * The log did not confirm, although the identical append was tried again and again. What was sent may be stored wholly, in part (a batch is one
 * append per shard), or not at all. Sending it again is safe: a record counts once.
 */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';

  constructor(options: { readonly cause: unknown }) {
    super(
      'the usage may or may not have been stored, wholly or in part; send it again, what is stored already counts once',
      options,
    );
  }
}
