import { createRequire } from 'node:module';
import type * as anyPb from 'google-protobuf/google/protobuf/any_pb.js';
import type * as emptyPb from 'google-protobuf/google/protobuf/empty_pb.js';
import type * as gossip from '@eventstore/db-client/generated/gossip_pb.js';
import type * as gossipService from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import type * as features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type * as featuresService from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import type * as messages from '@eventstore/db-client/generated/shared_pb.js';
import type * as status from '@eventstore/db-client/generated/status_pb.js';
import type * as streams from '@eventstore/db-client/generated/streams_pb.js';
import type * as streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js';

// The stubs fill their exports while they run, so an import by name would not find them.
const load = createRequire(import.meta.url);
const generated = '@eventstore/db-client/generated';

/** The client package's own messages and services: what it sends is what the double understands. */
export const pb = {
  ...(load(`${generated}/streams_pb.js`) as typeof streams),
  ...(load(`${generated}/streams_grpc_pb.js`) as typeof streamsService),
};
export const sharedPb = load(`${generated}/shared_pb.js`) as typeof messages;
export const statusPb = load(`${generated}/status_pb.js`) as typeof status;
export const gossipPb = {
  ...(load(`${generated}/gossip_pb.js`) as typeof gossip),
  ...(load(`${generated}/gossip_grpc_pb.js`) as typeof gossipService),
};
export const featuresPb = {
  ...(load(`${generated}/serverfeatures_pb.js`) as typeof features),
  ...(load(`${generated}/serverfeatures_grpc_pb.js`) as typeof featuresService),
};
export const { Any } = load('google-protobuf/google/protobuf/any_pb.js') as typeof anyPb;
export const { Empty: GoogleEmpty } = load(
  'google-protobuf/google/protobuf/empty_pb.js',
) as typeof emptyPb;
