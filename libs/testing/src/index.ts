export { createTestDatabase, type TestDatabase } from './test-database.js';
export { given, type Decision } from './given.js';
