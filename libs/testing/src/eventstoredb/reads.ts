import { randomUUID } from 'node:crypto';
import { status, type ServerWritableStream } from '@grpc/grpc-js';
import type { DoubleLog } from './log.js';
import { filterOf, type ServerFilter } from './filters.js';
import {
  caughtUp,
  checkpoint,
  confirmation,
  eventMessage,
  nameOf,
  streamNotFound,
} from './messages.js';
import { commitPositionOf, placeOf, recordOf, type Record } from './records.js';
import { pb } from './stubs.js';

type Req = InstanceType<typeof pb.ReadReq>;
type Resp = InstanceType<typeof pb.ReadResp>;
type Options = InstanceType<typeof pb.ReadReq.Options>;
export type ReadCall = ServerWritableStream<Req, Resp>;

const { BACKWARDS } = pb.ReadReq.Options.ReadDirection;
const PAGE = 500;

/** What is asked for cannot be done: ends the call with a status of gRPC. */
export class CallRefused extends Error {
  constructor(
    readonly code: status,
    message: string,
  ) {
    super(message);
  }
}

/** Answers one read, or serves a subscription until the client leaves. */
export async function serveRead(
  log: DoubleLog,
  call: ReadCall,
  signal: AbortSignal,
): Promise<void> {
  const options = call.request.getOptions();
  if (options === undefined) throw new CallRefused(status.INVALID_ARGUMENT, 'a read needs options');
  if (options.hasSubscription()) return subscribeToAll(log, call, { options, signal });
  const sent = await sendAll(recordsOf(log, options), call, signal);
  const name = nameOf(options.getStream()?.getStreamIdentifier());
  if (sent > 0 || !options.hasStream() || signal.aborted) return;
  const [any] = await log.stream(name, { limit: 1 });
  if (any === undefined) await write(call, streamNotFound(name), signal);
}

function recordsOf(log: DoubleLog, options: Options): AsyncGenerator<Record> {
  return options.hasStream() ? streamOf(log, options) : allOf(log, options);
}

/** Sends as many as are asked for; answers how many there were. */
async function sendAll(
  records: AsyncGenerator<Record>,
  call: ReadCall,
  signal: AbortSignal,
): Promise<number> {
  const count = countOf(call.request.getOptions());
  let sent = 0;
  for await (const record of records) {
    if (signal.aborted) return sent;
    await write(call, eventMessage(record), signal);
    sent += 1;
    if (sent >= count) return sent;
  }
  return sent;
}

const countOf = (options: Options | undefined): number => Number(options?.getCount() ?? 0);

async function* streamOf(log: DoubleLog, options: Options): AsyncGenerator<Record> {
  const stream = options.getStream();
  const name = nameOf(stream?.getStreamIdentifier());
  const backwards = options.getReadDirection() === BACKWARDS;
  const from = stream?.hasRevision() === true ? Number(stream.getRevision()) : undefined;
  yield* await log.stream(name, {
    direction: backwards ? 'backwards' : 'forwards',
    limit: countOf(options),
    ...(from === undefined ? {} : { from }),
  });
}

async function* allOf(log: DoubleLog, options: Options): AsyncGenerator<Record> {
  const { passes } = filterOf(options);
  if (options.getReadDirection() === BACKWARDS) {
    yield* backwards(log, options);
    return;
  }
  // A read begins with the record at its position; a subscription after it.
  let after = startOf(await log.store.head(), options) - 1;
  for (;;) {
    const page = await log.store.readAll({ after, limit: Math.min(PAGE, countOf(options)) });
    yield* page.events.map(recordOf).filter(passes);
    if (page.position === after) return;
    after = page.position;
  }
}

async function* backwards(log: DoubleLog, options: Options): AsyncGenerator<Record> {
  const head = await log.store.head();
  for (let place = Math.min(head, startOf(head, options)); place > 0; place -= 1) {
    const { events } = await log.store.readAll({ after: place - 1, limit: 1 });
    yield* events.map(recordOf);
  }
}

/** The place that a request begins at. */
function startOf(head: number, options: Options): number {
  const all = options.getAll();
  if (all?.hasStart() === true) return 1;
  if (all?.hasEnd() === true) return head + 1;
  const text = all?.getPosition()?.getCommitPosition() ?? '';
  const place = placeOf(BigInt(text));
  if (place === null) {
    throw new CallRefused(status.INVALID_ARGUMENT, `no record begins at position ${text}`);
  }
  return place;
}

interface Subscribing {
  readonly options: Options;
  readonly signal: AbortSignal;
}

async function subscribeToAll(
  log: DoubleLog,
  call: ReadCall,
  { options, signal }: Subscribing,
): Promise<void> {
  if (options.hasStream()) {
    throw new CallRefused(status.UNIMPLEMENTED, 'the double subscribes to the whole log only');
  }
  const head = await log.store.head();
  const all = options.getAll();
  // Exclusive: the record at the given position is known to whoever gives it.
  const start = startOf(head, options);
  const after = all?.hasPosition() === true ? start : start - 1;
  await write(call, confirmation(randomUUID()), signal);
  await new Subscription(call, filterOf(options), signal).run(log, Math.min(after, head));
}

class Subscription {
  private sinceCheckpoint = 0;
  private live = false;

  constructor(
    private readonly call: ReadCall,
    private readonly filter: ServerFilter,
    private readonly signal: AbortSignal,
  ) {}

  async run(log: DoubleLog, after: number): Promise<void> {
    await this.tellWhenLive(after, log);
    for await (const page of log.store.subscribe({ after, limit: PAGE, signal: this.signal })) {
      for (const event of page.events) await this.send(recordOf(event));
      await this.tellWhenLive(page.position, log);
    }
  }

  private async send(record: Record): Promise<void> {
    const { passes, checkpointEvery } = this.filter;
    if (passes(record)) await write(this.call, eventMessage(record), this.signal);
    if (checkpointEvery === null || (this.sinceCheckpoint += 1) < checkpointEvery) return;
    this.sinceCheckpoint = 0;
    await write(this.call, checkpoint(record.position), this.signal);
  }

  private async tellWhenLive(place: number, log: DoubleLog): Promise<void> {
    if (this.live || place < (await log.store.head())) return;
    this.live = true;
    // With a filter, the end of the catch-up is a checkpoint as well.
    if (this.filter.checkpointEvery !== null && place > 0) {
      await write(this.call, checkpoint(commitPositionOf(place)), this.signal);
    }
    await write(this.call, caughtUp(), this.signal);
  }
}

/** Writes one message and waits while the client does not keep up. */
async function write(call: ReadCall, message: Resp, signal: AbortSignal): Promise<void> {
  if (signal.aborted || call.write(message)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      call.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    call.once('drain', done);
    signal.addEventListener('abort', done, { once: true });
  });
}
