import type { IncomingMessage } from 'node:http';
import { BodyTooLarge, intakeLimits, MalformedBody } from '@odometer/ingest';
import type { FastifyRequest } from 'fastify';

/** The bytes of a body as they came in: putting them together costs a copy, which what scans them has no need of. */
export type BodyChunks = readonly Buffer[];

type Done = (error: Error | null, body?: BodyChunks) => void;

/** Collects a body, up to the limit of a batch. Fails with BodyTooLarge, and with MalformedBody where it ends too early or has another length than was announced. */
export function collectBody(request: FastifyRequest, payload: IncomingMessage, done: Done): void {
  const announced = request.headers['content-length'];
  const limit = intakeLimits.BODY_BYTES_MAX;
  if (Number(announced) > limit) return done(new BodyTooLarge(limit));
  const chunks: Buffer[] = [];
  let length = 0;
  const end = (error: Error | null): void => {
    payload.off('data', onData).off('end', onEnd).off('error', onError);
    if (error === null) done(null, chunks);
    else done(error);
  };
  const onData = (chunk: Buffer): void => {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limit) end(new BodyTooLarge(limit));
  };
  const onEnd = (): void => {
    const whole = announced === undefined || Number(announced) === length;
    end(whole ? null : new MalformedBody('the body has another length than its content-length'));
  };
  const onError = (cause: Error): void =>
    end(new MalformedBody('the body ended too early', { cause }));
  payload.on('data', onData).on('end', onEnd).on('error', onError);
}
