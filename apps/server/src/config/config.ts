import type { TObject, TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { eventLogConfigOf, type EventLogConfig } from './event-log-config.js';
import { InvalidConfig } from './invalid-config.js';
import { kafkaConfigOf, type KafkaConfig } from './kafka-config.js';
import { ROLES, VARIABLES, type LogLevel, type Role, type Variables } from './variables.js';

/** What the process was told, validated once at the start and never changed. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Null: the embedded PostgreSQL. */
  readonly databaseUrl: string | null;
  readonly dataDirectory: string;
  readonly databasePool: number;
  readonly databaseTimeoutMs: number;
  readonly eventLog: EventLogConfig;
  /** Null: usage goes straight into the log. */
  readonly kafka: KafkaConfig | null;
  readonly roles: ReadonlySet<Role>;
  readonly usageShards: number;
  readonly projectorThreads: number;
  readonly adminKey: string | null;
  readonly billingIntervalMs: number;
  readonly rateLimit: { readonly perSecond: number; readonly burst: number };
  readonly minPositionWaitMs: number;
  readonly logLevel: LogLevel;
}

/** Reads the environment. Throws InvalidConfig, which names every bad variable but never shows a secret. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const variables = parse(environment);
  return Object.freeze({
    host: variables.HOST,
    port: variables.PORT,
    databaseUrl: variables.DATABASE_URL ?? null,
    dataDirectory: variables.ODOMETER_DATA_DIR,
    databasePool: variables.ODOMETER_DATABASE_POOL,
    databaseTimeoutMs: variables.ODOMETER_DATABASE_TIMEOUT_SECONDS * 1_000,
    eventLog: eventLogConfigOf(variables),
    kafka: kafkaConfigOf(variables),
    roles: rolesOf(variables.ODOMETER_ROLES),
    usageShards: variables.ODOMETER_USAGE_SHARDS,
    projectorThreads: variables.ODOMETER_PROJECTOR_THREADS,
    adminKey: variables.ODOMETER_ADMIN_KEY ?? null,
    billingIntervalMs: variables.ODOMETER_BILLING_INTERVAL_SECONDS * 1_000,
    rateLimit: {
      perSecond: variables.ODOMETER_RATE_LIMIT,
      burst: variables.ODOMETER_RATE_LIMIT_BURST,
    },
    minPositionWaitMs: variables.ODOMETER_MIN_POSITION_WAIT_MS,
    logLevel: variables.LOG_LEVEL as LogLevel,
  });
}

function rolesOf(text: string): ReadonlySet<Role> {
  return new Set(text === 'all' ? ROLES : (text.split(',') as Role[]));
}

function parse(environment: Readonly<Record<string, string | undefined>>): Variables {
  const given: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(VARIABLES.properties)) {
    const text = environment[name];
    // An empty variable is an unset one, as in compose files that pass everything on.
    given[name] = text === undefined || text === '' ? defaultOf(schema) : typed(schema, text);
    if (given[name] === undefined) delete given[name];
  }
  const problems = faultsOf(VARIABLES, given);
  if (problems.length === 0) return given as Variables;
  throw new InvalidConfig(`The configuration is not valid.\n${problems.join('\n')}`);
}

const defaultOf = (schema: TSchema): unknown => schema.default;

const typed = (schema: TSchema, text: string): unknown =>
  schema['type'] === 'integer' && /^-?\d+$/.test(text) ? Number(text) : text;

function faultsOf(variables: TObject, given: Record<string, unknown>): string[] {
  return Object.entries(variables.properties).flatMap(([name, schema]) => {
    // Only variables that may be absent have no default.
    if (given[name] === undefined || Value.Check(schema, given[name])) return [];
    const value = isSecret(schema) ? 'its value' : JSON.stringify(given[name]);
    return [`${name}: ${value} is not ${expectation(schema)}.`];
  });
}

const isSecret = (schema: TSchema): boolean => schema['secret'] === true;

/** What a value of the schema looks like, in words. */
export function expectation(schema: TSchema): string {
  const { choices, minimum, maximum, pattern, type } = schema as Record<string, unknown>;
  if (Array.isArray(choices)) return `one of ${choices.join(', ')}`;
  if (type === 'integer') return `a whole number from ${String(minimum)} to ${String(maximum)}`;
  if (typeof pattern === 'string') return `text that matches ${pattern}`;
  return 'a text with at least one character';
}
