import { randomUUID } from 'node:crypto';
import {
  Server,
  ServerCredentials,
  status,
  type handleClientStreamingCall,
  type handleUnaryCall,
  type ServiceError,
} from '@grpc/grpc-js';
import { BatchAppends, serveAppend, type BatchCall } from './appends.js';
import { DoubleLog, type DoubleLimits } from './log.js';
import { CallRefused, serveRead, type ReadCall } from './reads.js';
import { featuresPb, gossipPb, pb, sharedPb } from './stubs.js';

type AppendReq = InstanceType<typeof pb.AppendReq>;
type AppendResp = InstanceType<typeof pb.AppendResp>;

/** The last server under an open source licence; the client adapts to what it announces. */
const ANNOUNCED_VERSION = '24.6.0';
const MAX_MESSAGE_BYTES = 17 * 1024 * 1024;
const DOUBLE_LIMITS: DoubleLimits = { maxAppendBytes: 1024 * 1024, recentIds: 1_000 };

export interface EventStoreDbDouble {
  /** Connection string for the client. */
  readonly url: string;
  /** Ends every call that is open, as a server does that goes away or sheds slow subscribers. */
  dropCalls(): void;
  stop(): Promise<void>;
}

export interface DoubleOptions extends Partial<DoubleLimits> {
  /** 0 takes a free one. */
  readonly port?: number;
}

/**
 * A server on 127.0.0.1 that speaks the protocol of EventStoreDB well enough for a client to append, read and subscribe, and that keeps
 * its log in memory. It holds itself to the documented limits.
 */
export async function startEventStoreDbDouble({
  port = 0,
  ...limits
}: DoubleOptions = {}): Promise<EventStoreDbDouble> {
  const log = new DoubleLog({ ...DOUBLE_LIMITS, ...limits });
  await writeSystemEvents(log);
  const open = new Set<AbortController>();
  const server = new Server({ 'grpc.max_receive_message_length': MAX_MESSAGE_BYTES });
  addServices(server, log, open);
  const bound = await bind(server, port);
  addGossip(server, bound);
  const dropCalls = (): void => {
    for (const call of [...open]) call.abort('dropped');
  };
  return {
    url: `esdb://127.0.0.1:${bound}?tls=false`,
    dropCalls,
    stop: async () => {
      dropCalls();
      server.forceShutdown();
      await log.store.close();
    },
  };
}

const bind = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });

/** A new server writes events of its own first; clients must not take them for theirs. */
async function writeSystemEvents(log: DoubleLog): Promise<void> {
  const bytes = Buffer.from('{"login":"admin"}');
  for (const [streamId, type] of [
    ['$users', '$User'],
    ['$user-admin', '$UserCreated'],
    ['$$$user-admin', '$metadata'],
  ] as const) {
    const event = { id: randomUUID(), type, contentType: 'application/json' };
    await log.append(streamId, [{ ...event, metadata: new Uint8Array(), data: bytes }], 'any');
  }
}

function addServices(server: Server, log: DoubleLog, open: Set<AbortController>): void {
  server.addService(pb.StreamsService, {
    read: (call: ReadCall) => void reading(log, call, open),
    batchAppend: (call: BatchCall) => batchAppending(log, call, open),
    append: appending(log),
    delete: unimplemented,
    tombstone: unimplemented,
  });
  server.addService(featuresPb.ServerFeaturesService, {
    getSupportedMethods: (_call: unknown, answer: (error: null, response: unknown) => void) =>
      answer(null, supportedMethods()),
  });
}

const appending =
  (log: DoubleLog): handleClientStreamingCall<AppendReq, AppendResp> =>
  (call, answer) => {
    serveAppend(log, call).then(
      (response) => answer(null, response),
      (error: unknown) => answer(statusOf(error)),
    );
  };

const unimplemented: handleUnaryCall<unknown, unknown> = (_call, answer) =>
  answer(statusOf(new CallRefused(status.UNIMPLEMENTED, 'the double deletes nothing')));

async function reading(log: DoubleLog, call: ReadCall, open: Set<AbortController>): Promise<void> {
  const control = new AbortController();
  open.add(control);
  call.on('cancelled', () => control.abort('cancelled'));
  try {
    await serveRead(log, call, control.signal);
    if (control.signal.reason === 'dropped') call.emit('error', statusOf(dropped()));
    else call.end();
  } catch (error) {
    call.emit('error', statusOf(error));
  } finally {
    open.delete(control);
  }
}

function batchAppending(log: DoubleLog, call: BatchCall, open: Set<AbortController>): void {
  const control = new AbortController();
  open.add(control);
  const appends = new BatchAppends(log, call);
  control.signal.addEventListener('abort', () => call.emit('error', statusOf(dropped())));
  call.on('data', (request: InstanceType<typeof pb.BatchAppendReq>) => {
    appends.take(request).catch((error: unknown) => call.emit('error', statusOf(error)));
  });
  const leave = (): void => void open.delete(control);
  call.on('end', () => {
    leave();
    call.end();
  });
  call.on('cancelled', leave);
}

const dropped = (): CallRefused =>
  new CallRefused(status.UNAVAILABLE, 'the server has dropped the call');

function statusOf(error: unknown): Partial<ServiceError> {
  const code = error instanceof CallRefused ? error.code : status.UNKNOWN;
  const details = error instanceof Error ? error.message : String(error);
  return Object.assign(new Error(details), { code, details });
}

function supportedMethods(): InstanceType<typeof featuresPb.SupportedMethods> {
  const methods = new featuresPb.SupportedMethods();
  methods.setEventStoreServerVersion(ANNOUNCED_VERSION);
  methods.setMethodsList(
    ['Read', 'Append', 'BatchAppend'].map((name) => {
      const method = new featuresPb.SupportedMethod();
      method.setServiceName('event_store.client.streams.Streams');
      method.setMethodName(name);
      return method;
    }),
  );
  return methods;
}

/** A cluster of one, which leads. */
function addGossip(server: Server, port: number): void {
  server.addService(gossipPb.GossipService, {
    read: (_call: unknown, answer: (error: null, response: unknown) => void) => {
      const endPoint = new gossipPb.EndPoint();
      endPoint.setAddress('127.0.0.1');
      endPoint.setPort(port);
      const id = new sharedPb.UUID();
      id.setString(randomUUID());
      const member = new gossipPb.MemberInfo();
      member.setInstanceId(id);
      member.setTimeStamp(String(Date.now()));
      member.setState(gossipPb.MemberInfo.VNodeState.LEADER);
      member.setIsAlive(true);
      member.setHttpEndPoint(endPoint);
      const info = new gossipPb.ClusterInfo();
      info.setMembersList([member]);
      answer(null, info);
    },
  });
}
