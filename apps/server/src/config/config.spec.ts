import { configTable } from './config-table.js';
import { readConfig } from './config.js';
import { InvalidConfig } from './invalid-config.js';
import { VARIABLES } from './variables.js';

describe('the configuration', () => {
  it('has a default for everything', () => {
    expect(readConfig({})).toMatchObject({
      port: 8080,
      databaseUrl: null,
      dataDirectory: './.odometer',
      usageShards: 2,
      adminKey: null,
      logLevel: 'info',
    });
    expect([...readConfig({}).roles]).toEqual(['api', 'ingest', 'projector', 'biller']);
  });

  it('takes an empty variable for an unset one', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: '' })).toMatchObject({
      port: 8080,
      databaseUrl: null,
    });
  });

  it('reads a list of roles', () => {
    expect([...readConfig({ ODOMETER_ROLES: 'api,biller' }).roles]).toEqual(['api', 'biller']);
  });

  it('cannot be changed', () => expect(Object.isFrozen(readConfig({}))).toBe(true));

  it.each([
    ['PORT', '80a', 'PORT: "80a" is not a whole number from 0 to 65535.'],
    ['PORT', '65536', 'PORT: 65536 is not a whole number from 0 to 65535.'],
    ['PORT', '-1', 'PORT: -1 is not a whole number from 0 to 65535.'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL: "loud" is not one of fatal, error, warn'],
    ['EVENT_STORE', 'paper', 'EVENT_STORE: "paper" is not one of postgres, eventstoredb.'],
    ['ODOMETER_ROLES', 'api,king', 'ODOMETER_ROLES: "api,king" is not'],
    ['ODOMETER_USAGE_SHARDS', '65', 'ODOMETER_USAGE_SHARDS: 65 is not'],
  ])('refuses %s=%s and names it', (name, value, message) => {
    expect(() => readConfig({ [name]: value })).toThrow(InvalidConfig);
    expect(() => readConfig({ [name]: value })).toThrow(message);
  });

  it('needs the address of the store that is chosen', () => {
    const url = 'esdb+discover://admin:changeit@log:2113';
    expect(readConfig({ EVENT_STORE: 'eventstoredb', EVENTSTORE_URL: url }).eventLog).toEqual({
      kind: 'eventstoredb',
      url,
    });
    expect(readConfig({ EVENTSTORE_URL: url }).eventLog).toEqual({ kind: 'postgres' });
    expect(() => readConfig({ EVENT_STORE: 'eventstoredb' })).toThrow(
      'EVENTSTORE_URL: EVENT_STORE=eventstoredb needs the address of the server.',
    );
  });

  it('reads each topic in a group of its own', () => {
    const brokers = { KAFKA_BROKERS: 'localhost:9092' };
    expect(readConfig(brokers).kafka?.group).toBe('odometer.usage');
    expect(readConfig({ ...brokers, KAFKA_USAGE_TOPIC: 'usage-2' }).kafka?.group).toBe('usage-2');
    expect(readConfig({ ...brokers, KAFKA_GROUP: 'mine' }).kafka?.group).toBe('mine');
  });

  it('names all that is wrong at once', () => {
    expect(() => readConfig({ PORT: 'x', LOG_LEVEL: 'y' })).toThrow(/PORT[^]*LOG_LEVEL/);
  });

  it.each([
    ['DATABASE_URL', 'mysql://root:hunter2@db'],
    ['ODOMETER_ADMIN_KEY', 'hunter2'],
    ['EVENTSTORE_URL', 'http://root:hunter2@log'],
  ])('does not show the bad value of %s', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(`${name}: its value is not`);
    expect(() => readConfig({ [name]: value })).not.toThrow(/hunter2/);
  });
});

describe('the table of variables', () => {
  it('has a row for each', () => {
    const rows = configTable().split('\n').slice(2);
    expect(rows).toHaveLength(Object.keys(VARIABLES.properties).length);
    expect(rows[0]).toBe(
      '| `PORT` | `8080` | 0 … 65535 | Port of the HTTP server; 0 takes a free one. |',
    );
  });
});
