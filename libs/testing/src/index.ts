export { createFaultProxy, type FaultProxy } from './fault-proxy.js';
export { kindOf, type Fault, type FaultKind } from './fault.js';
export { createTestDatabase, type TestDatabase } from './test-database.js';
export { given, type Decision } from './given.js';
export { describeWithKafka } from './kafka/describe-kafka.js';
export { freePort, KafkaBroker, KAFKA_VERSION, type KafkaOptions } from './kafka/kafka-broker.js';
export {
  startEventStoreDbDouble,
  type DoubleOptions,
  type EventStoreDbDouble,
} from './eventstoredb/server.js';
