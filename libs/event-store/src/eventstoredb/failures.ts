import {
  AccessDeniedError,
  MaxAppendSizeExceededError,
  StreamDeletedError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { AppendTooLarge, StoreUnavailable, UnknownOutcome } from '../event-store.js';

/** The stream went on, or began, since we looked. Nothing was appended. */
export class LostRace extends Error {
  override readonly name = 'LostRace';
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** What became of an append that failed. Only what the server has clearly refused has not happened. */
export function appendFailure(streamId: string, error: unknown): Error {
  if (error instanceof WrongExpectedVersionError) return new LostRace(error.message);
  if (error instanceof MaxAppendSizeExceededError) {
    return new AppendTooLarge(
      `stream ${streamId}: the server takes ${error.maxAppendSize} bytes in one append`,
    );
  }
  if (error instanceof AccessDeniedError || error instanceof StreamDeletedError) {
    return new StoreUnavailable(`stream ${streamId}: ${refusal(error)}`, { cause: error });
  }
  return new UnknownOutcome(
    `stream ${streamId}: the append may have happened (${messageOf(error)})`,
    { cause: error },
  );
}

/** A read that failed. Before an append it means that nothing was appended. */
export function readFailure(error: unknown): Error {
  if (error instanceof Error && error.name === 'ForeignEvent') return error;
  if (error instanceof RangeError) return error;
  return new StoreUnavailable(`EventStoreDB cannot be read: ${messageOf(error)}`, { cause: error });
}

const refusal = (error: AccessDeniedError | StreamDeletedError): string =>
  error instanceof AccessDeniedError
    ? 'the server denies access; the credentials belong into the connection string'
    : 'it was deleted, which nothing of Odometer does';
