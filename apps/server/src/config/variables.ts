import { Type, type Static } from '@sinclair/typebox';

export const ROLES = ['api', 'ingest', 'projector', 'biller'] as const;
export type Role = (typeof ROLES)[number];

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const oneOf = (values: readonly string[], options: object) =>
  Type.String({ pattern: `^(${values.join('|')})$`, choices: values, ...options });

const secret = { secret: true };

/** Every variable of the environment that the server reads: its limits, default and meaning. The README's table is made from it. */
export const VARIABLES = Type.Object({
  PORT: Type.Integer({
    default: 8080,
    minimum: 0,
    maximum: 65_535,
    description: 'Port of the HTTP server; 0 takes a free one.',
  }),
  HOST: Type.String({
    default: '127.0.0.1',
    minLength: 1,
    description: 'Address that the HTTP server listens on; `0.0.0.0` opens it to other machines.',
  }),
  DATABASE_URL: Type.Optional(
    Type.String({
      pattern: '^postgres(ql)?://',
      description:
        'PostgreSQL 15 or newer. Without it Odometer starts its own PostgreSQL in `ODOMETER_DATA_DIR`.',
      ...secret,
    }),
  ),
  ODOMETER_DATA_DIR: Type.String({
    default: './.odometer',
    minLength: 1,
    description: 'Where the embedded PostgreSQL keeps its data.',
  }),
  ODOMETER_DATABASE_POOL: Type.Integer({
    default: 20,
    minimum: 4,
    maximum: 200,
    description: 'Connections that queries and commands share. Projections hold their own.',
  }),
  ODOMETER_DATABASE_TIMEOUT_SECONDS: Type.Integer({
    default: 30,
    minimum: 1,
    maximum: 600,
    description:
      'How long an answer of the database, or of EventStoreDB, may take before its connection counts as dead and is made anew. A start ends when the database is silent for so long.',
  }),
  EVENT_STORE: oneOf(['postgres', 'eventstoredb'], {
    default: 'postgres',
    description:
      'Which store keeps the log. Fixed once it has events; `odometer log copy` moves them.',
  }),
  EVENTSTORE_URL: Type.Optional(
    Type.String({
      pattern: '^(esdb|kurrentdb)(\\+discover)?://',
      description:
        'EventStoreDB 23.10 or newer, or KurrentDB, for `EVENT_STORE=eventstoredb`: `esdb://user:password@host:2113`. Odometer needs a database of its own there.',
      ...secret,
    }),
  ),
  KAFKA_BROKERS: Type.Optional(
    Type.String({
      pattern: '^[^,:\\s]+:\\d+(,[^,:\\s]+:\\d+)*$',
      description:
        '`host:port` of brokers, with commas. With it usage goes into a topic first, and the role `ingest` stores it from there; without it Kafka is not used.',
    }),
  ),
  KAFKA_USAGE_TOPIC: Type.String({
    default: 'odometer.usage',
    pattern: '^[A-Za-z0-9._-]{1,200}$',
    description: 'Topic of usage. What cannot be read goes to the topic of this name with `.dlq`.',
  }),
  KAFKA_TOPIC_PARTITIONS: Type.Integer({
    default: 6,
    minimum: 1,
    maximum: 1_000,
    description: 'Partitions of the topic when Odometer makes it; an existing one stays as it is.',
  }),
  KAFKA_GROUP: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9._-]{1,200}$',
      description:
        'Consumer group of the role `ingest`, of one topic alone. Without it the name of the topic.',
    }),
  ),
  KAFKA_SESSION_TIMEOUT_SECONDS: Type.Integer({
    default: 30,
    minimum: 1,
    maximum: 300,
    description: 'How long a silent process of the group keeps its partitions.',
  }),
  KAFKA_DEFAULT_TENANT: Type.String({
    default: 'default',
    pattern: '^[a-z0-9_]{1,40}$',
    description: 'Tenant of messages without the header `odometer-tenant`.',
  }),
  KAFKA_SSL: oneOf(['true', 'false'], {
    default: 'false',
    description: 'Whether the brokers are reached through TLS.',
  }),
  KAFKA_SASL_MECHANISM: oneOf(['none', 'plain', 'scram-sha-256', 'scram-sha-512'], {
    default: 'none',
    description: 'How to log in at the brokers.',
  }),
  KAFKA_USERNAME: Type.Optional(
    Type.String({ minLength: 1, description: 'Name to log in with.', ...secret }),
  ),
  KAFKA_PASSWORD: Type.Optional(
    Type.String({ minLength: 1, description: 'Password to log in with.', ...secret }),
  ),
  ODOMETER_ROLES: Type.String({
    default: 'all',
    pattern: `^(all|(${ROLES.join('|')})(,(${ROLES.join('|')}))*)$`,
    description:
      'What this process does: `all`, or a list with commas. `api` answers HTTP, usage included; `ingest` takes usage over HTTP only, and stores what stands in the Kafka topic; `projector` keeps the read models up to date; `biller` bills. Each may run in any number of processes; at least one has to have `projector`.',
  }),
  ODOMETER_USAGE_SHARDS: Type.Integer({
    default: 2,
    minimum: 1,
    maximum: 64,
    description: 'Usage streams of each tenant. Fixed once the log has usage.',
  }),
  ODOMETER_PROJECTOR_THREADS: Type.Integer({
    default: 1,
    minimum: 0,
    maximum: 16,
    description:
      'Threads of the role `projector` that fold usage while HTTP is answered; no more than there are shards have work. `0`: it is folded between the requests.',
  }),
  ODOMETER_ADMIN_KEY: Type.Optional(
    Type.String({
      pattern: '^[\\x21-\\x7e]{16,200}$',
      description:
        'The first API key of tenant `default`, 16 to 200 printable characters. Without it one is made on the first start and printed once.',
      ...secret,
    }),
  ),
  ODOMETER_BILLING_INTERVAL_SECONDS: Type.Integer({
    default: 10,
    minimum: 1,
    maximum: 3_600,
    description: 'How often the biller looks for what is due.',
  }),
  ODOMETER_RATE_LIMIT: Type.Integer({
    default: 50_000,
    minimum: 1,
    maximum: 1_000_000,
    description: 'Requests a second that one API key may send to one process, on average.',
  }),
  ODOMETER_RATE_LIMIT_BURST: Type.Integer({
    default: 100_000,
    minimum: 1,
    maximum: 10_000_000,
    description: 'Requests that one API key may send at once after a pause.',
  }),
  ODOMETER_MIN_POSITION_WAIT_MS: Type.Integer({
    default: 5_000,
    minimum: 0,
    maximum: 60_000,
    description: 'How long a query waits for the position it asks for before it answers 503.',
  }),
  LOG_LEVEL: oneOf(LOG_LEVELS, {
    default: 'info',
    description: 'Least severe level that is logged.',
  }),
});

export type Variables = Static<typeof VARIABLES>;
