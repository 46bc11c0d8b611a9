export { createFaultProxy, type Fault, type FaultProxy } from './fault-proxy.js';
export { createTestDatabase, type TestDatabase } from './test-database.js';
export { given, type Decision } from './given.js';
