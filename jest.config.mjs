import { availableParallelism } from 'node:os';

/** Jest runs the sources as ES modules through SWC; `npm test` sets --experimental-vm-modules. */
const swcOptions = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    target: 'es2022',
    keepClassNames: true,
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
  swcrc: false,
};

// Suites that start servers mostly wait, so that two side by side are quicker than one, also on two cores.
const maxWorkers = Math.max(2, availableParallelism() - 1);

export default {
  maxWorkers,
  testEnvironment: 'node',
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', swcOptions],
    // An ES module that @fastify/static requires: Node can do that, Jest cannot on Node 20.
    '/node_modules/content-disposition/.+\\.js$': [
      '@swc/jest',
      { module: { type: 'commonjs' }, swcrc: false },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!content-disposition/)'],
  moduleNameMapper: {
    '^@odometer/event-store/(postgres|in-memory|eventstoredb|conformance)$':
      '<rootDir>/libs/event-store/src/$1/index.ts',
    '^@odometer/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  globalSetup: '<rootDir>/test/setup/start-postgres.mjs',
  globalTeardown: '<rootDir>/test/setup/stop-postgres.mjs',
  testTimeout: 90_000,
  collectCoverageFrom: ['libs/domain/src/**/*.ts', '!**/*.{spec,fixture}.ts'],
  // Rules are held to all of it: `npm run coverage`.
  coverageThreshold: { global: { lines: 100, branches: 100, functions: 100, statements: 100 } },
};
