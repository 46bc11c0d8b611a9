import type { ServerDuplexStream, ServerReadableStream } from '@grpc/grpc-js';
import type { AppendAnswer, DoubleLog, Expected } from './log.js';
import { nameOf, streamIdentifier } from './messages.js';
import type { WireEvent } from './records.js';
import { Any, GoogleEmpty, pb, sharedPb, statusPb } from './stubs.js';

type Req = InstanceType<typeof pb.BatchAppendReq>;
type Resp = InstanceType<typeof pb.BatchAppendResp>;
type Proposed =
  | InstanceType<typeof pb.BatchAppendReq.ProposedMessage>
  | InstanceType<typeof pb.AppendReq.ProposedMessage>;
export type BatchCall = ServerDuplexStream<Req, Resp>;
export type AppendCall = ServerReadableStream<
  InstanceType<typeof pb.AppendReq>,
  InstanceType<typeof pb.AppendResp>
>;

/** Codes of google.rpc. */
const INVALID_ARGUMENT = 3;
const DEADLINE_EXCEEDED = 4;
const FAILED_PRECONDITION = 9;

interface Gathering {
  readonly streamId: string;
  readonly expected: Expected;
  /** Unix milliseconds. */
  readonly deadline: number;
  readonly events: WireEvent[];
}

/** All appends of one client on one call, told apart by correlation ids. They may come in several parts. */
export class BatchAppends {
  private readonly gathering = new Map<string, Gathering>();

  constructor(
    private readonly log: DoubleLog,
    private readonly call: BatchCall,
  ) {}

  async take(request: Req): Promise<void> {
    const id = request.getCorrelationId()?.getString() ?? '';
    const options = request.getOptions();
    if (options !== undefined) {
      this.gathering.set(id, {
        streamId: nameOf(options.getStreamIdentifier()),
        expected: expectedOfBatch(options),
        deadline: options.getDeadline()?.toDate().getTime() ?? Infinity,
        events: [],
      });
    }
    const append = this.gathering.get(id);
    if (append === undefined) return;
    append.events.push(...request.getProposedMessagesList().map(wireOf));
    if (!request.getIsFinal()) return;
    this.gathering.delete(id);
    await this.write(request, append);
  }

  private async write(request: Req, append: Gathering): Promise<void> {
    const { streamId, expected, events, deadline } = append;
    const answer = new pb.BatchAppendResp();
    answer.setCorrelationId(request.getCorrelationId());
    answer.setStreamIdentifier(streamIdentifier(streamId));
    if (Date.now() >= deadline) {
      answer.setError(failure(DEADLINE_EXCEEDED, 'Timeout', new sharedPb.Timeout()));
    } else {
      fill(answer, await this.log.append(streamId, events, expected), {
        expected,
        maxAppendBytes: this.log.maxAppendBytes,
      });
    }
    if (!this.call.destroyed) this.call.write(answer);
  }
}

/** One append on a call of its own: what a client does that sends credentials with each call. */
export async function serveAppend(
  log: DoubleLog,
  call: AppendCall,
): Promise<InstanceType<typeof pb.AppendResp>> {
  const events: WireEvent[] = [];
  let target: { streamId: string; expected: Expected } | null = null;
  for await (const part of call as AsyncIterable<InstanceType<typeof pb.AppendReq>>) {
    const options = part.getOptions();
    const proposed = part.getProposedMessage();
    if (options !== undefined) {
      target = { streamId: nameOf(options.getStreamIdentifier()), expected: expectedOf(options) };
    }
    if (proposed !== undefined) events.push(wireOf(proposed));
  }
  if (target === null) throw new Error('an append begins with its options');
  return single(await log.append(target.streamId, events, target.expected));
}

function single(answer: AppendAnswer): InstanceType<typeof pb.AppendResp> {
  if (answer.kind === 'too large') throw new Error('the append is too large');
  const response = new pb.AppendResp();
  if (answer.kind === 'done') {
    const position = new pb.AppendResp.Position();
    position.setCommitPosition(String(answer.position));
    position.setPreparePosition(String(answer.position));
    const success = new pb.AppendResp.Success();
    success.setCurrentRevision(String(answer.revision));
    success.setPosition(position);
    return response.setSuccess(success);
  }
  const conflict = new pb.AppendResp.WrongExpectedVersion();
  if (answer.current === -1) conflict.setCurrentNoStream(new sharedPb.Empty());
  else conflict.setCurrentRevision(String(answer.current));
  return response.setWrongExpectedVersion(conflict);
}

function wireOf(message: Proposed): WireEvent {
  const words = message.getMetadataMap();
  return {
    id: (message.getId()?.getString() ?? '').toLowerCase(),
    type: words.get('type') ?? '',
    contentType: words.get('content-type') ?? 'application/octet-stream',
    metadata: message.getCustomMetadata_asU8(),
    data: message.getData_asU8(),
  };
}

function expectedOfBatch(options: InstanceType<typeof pb.BatchAppendReq.Options>): Expected {
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasStreamExists()) return 'stream_exists';
  return options.hasStreamPosition() ? BigInt(options.getStreamPosition()) : 'any';
}

function expectedOf(options: InstanceType<typeof pb.AppendReq.Options>): Expected {
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasStreamExists()) return 'stream_exists';
  return options.hasRevision() ? BigInt(options.getRevision()) : 'any';
}

interface Asked {
  readonly expected: Expected;
  readonly maxAppendBytes: number;
}

function fill(response: Resp, answer: AppendAnswer, { expected, maxAppendBytes }: Asked): void {
  if (answer.kind === 'too large') {
    const details = new sharedPb.MaximumAppendSizeExceeded();
    details.setMaxappendsize(maxAppendBytes);
    response.setError(failure(INVALID_ARGUMENT, 'MaximumAppendSizeExceeded', details));
    return;
  }
  if (answer.kind === 'conflict') {
    const details = conflictOf(expected, answer.current);
    response.setError(failure(FAILED_PRECONDITION, 'WrongExpectedVersion', details));
    return;
  }
  const position = new sharedPb.AllStreamPosition();
  position.setCommitPosition(String(answer.position));
  position.setPreparePosition(String(answer.position));
  const success = new pb.BatchAppendResp.Success();
  success.setCurrentRevision(String(answer.revision));
  success.setPosition(position);
  response.setSuccess(success);
}

function conflictOf(
  expected: Expected,
  current: number,
): InstanceType<typeof sharedPb.WrongExpectedVersion> {
  const details = new sharedPb.WrongExpectedVersion();
  if (current === -1) details.setCurrentNoStream(new GoogleEmpty());
  else details.setCurrentStreamRevision(String(current));
  if (expected === 'any') details.setExpectedAny(new GoogleEmpty());
  else if (expected === 'no_stream') details.setExpectedNoStream(new GoogleEmpty());
  else if (expected === 'stream_exists') details.setExpectedStreamExists(new GoogleEmpty());
  else details.setExpectedStreamPosition(String(expected));
  return details;
}

/** The server packs its refusals as google.rpc.Status with one message of its own. */
function failure(
  code: typeof INVALID_ARGUMENT | typeof DEADLINE_EXCEEDED | typeof FAILED_PRECONDITION,
  name: string,
  message: { serializeBinary(): Uint8Array },
): InstanceType<typeof statusPb.Status> {
  const details = new Any();
  details.pack(message.serializeBinary(), `event_store.client.${name}`);
  const failed = new statusPb.Status();
  failed.setCode(code);
  failed.setMessage(name);
  failed.setDetails(details);
  return failed;
}
