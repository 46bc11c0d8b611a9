import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import type { ConsumerStats, IntakeStats, KafkaDoorStats } from '@odometer/ingest';
import { parse } from 'yaml';
import { readConfig } from '../../apps/server/src/config/config.js';
import { ROLES, VARIABLES } from '../../apps/server/src/config/variables.js';
import { registry } from '../../apps/server/src/health/metrics.js';
import { copyOf, isInContext, parseDockerfile, wordsOf, type Stage } from './dockerfile.js';

interface Service {
  readonly image: string;
  readonly command?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly build?: { readonly context: string; readonly dockerfile: string };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
}

interface Board {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

/** With a version that says more than a moving tag does: `20.20.2`, `v3.5.0`. */
const PINNED = /^[a-z0-9./-]+:v?\d+\.\d+(\.\d+)?(-[a-z0-9-]+)?$/;
const OURS = 'odometer:0.1.0';

const textOf = (file: string): Promise<string> => readFile(file, 'utf8');
const yamlOf = async <T>(file: string): Promise<T> =>
  parse(await textOf(file), { merge: true, strict: true }) as T;

describe('the image', () => {
  let stages: readonly Stage[];
  let ignore: string;
  const each = (keyword: string) =>
    stages.flatMap(({ instructions }) => instructions.filter((one) => one.keyword === keyword));
  const last = (): Stage => stages.at(-1)!;
  const lastTextOf = (keyword: string): string | undefined =>
    last().instructions.findLast((one) => one.keyword === keyword)?.text;

  beforeAll(async () => {
    stages = parseDockerfile(await textOf('docker/Dockerfile'));
    ignore = await textOf('.dockerignore');
  });

  it('is made in several stages of one pinned image of a Node that Odometer runs on', async () => {
    const { engines } = JSON.parse(await textOf('package.json')) as { engines: { node: string } };
    expect(stages.map(({ name }) => name)).toEqual(['dependencies', 'build', 'server']);
    expect(new Set(stages.map(({ image }) => image)).size).toBe(1);
    expect(last().image).toMatch(PINNED);
    const [major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(last().image)!.slice(1).map(Number);
    expect(engines.node).toBe('>=20.19.0');
    expect(major > 20 || (major === 20 && minor >= 19)).toBe(true);
  });

  it('copies only what exists, is let in, or was made by a stage before', () => {
    const copies = each('COPY').map(copyOf);
    const fromContext = copies
      .filter(({ from }) => from === null)
      .flatMap(({ sources }) => sources);
    expect(fromContext.filter((file) => !existsSync(file))).toEqual([]);
    expect(fromContext.filter((file) => !isInContext(ignore, file))).toEqual([]);
    const made = copies.filter(({ from }) => from !== null).map(({ from }) => from);
    expect(made).toEqual(['dependencies', 'build']);
  });

  it('is made by the commands that the README tells', async () => {
    const commands = each('RUN').map(({ text }) => text);
    expect(commands).toEqual([
      'npm ci --omit=dev --no-audit',
      'npm ci --no-audit',
      'npm run build',
      'mkdir /home/node/data',
    ]);
    const { scripts } = JSON.parse(await textOf('package.json')) as { scripts: { start: string } };
    expect(wordsOf(last(), 'CMD').join(' ')).toBe(scripts.start);
  });

  it('serves as a user without rights, and says when it is well', async () => {
    expect(lastTextOf('USER')).toBe('node');
    const check = wordsOf(last(), 'HEALTHCHECK');
    expect(check.slice(0, 2)).toEqual(['node', '-e']);
    expect(check[2]).toContain('/health/ready');
    expect(await textOf('apps/server/src/health/health.controller.ts')).toContain(`'health/ready'`);
  });

  it('has no secret and no variable that the server does not know', () => {
    const names = each('ENV').map(({ text }) => text.split('=')[0]!);
    expect(names.filter((name) => name !== 'NODE_ENV' && !(name in VARIABLES.properties))).toEqual(
      [],
    );
    expect(names).not.toContain('ODOMETER_ADMIN_KEY');
  });
});

/** Variables with what compose would put into them: the default, or a text that stands for a secret. */
const filled = (text: string): string =>
  text.replaceAll(/\$\{[A-Z_]+(?:(:-)([^}]*)|:\?[^}]*)\}/g, (_all, withDefault, value) =>
    withDefault === undefined ? 'a-key-of-sixteen' : String(value),
  );

const environmentOf = ({ environment = {} }: Service): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, filled(value)]));

describe.each(['compose.yaml', 'compose.distributed.yaml'])('%s', (file) => {
  let compose: Compose;
  const ours = (): [string, Service][] =>
    Object.entries(compose.services).filter(([, { image }]) => image === OURS);

  beforeAll(async () => {
    compose = await yamlOf<Compose>(`docker/${file}`);
  });

  it('pins every image', () => {
    const images = Object.values(compose.services).map(({ image }) => image);
    expect(images.filter((image) => !PINNED.test(image))).toEqual([]);
  });

  it('gives the servers variables that they know, with values that they take', () => {
    expect(ours().length).toBeGreaterThan(0);
    for (const [name, service] of ours()) {
      const environment = environmentOf(service);
      const unknown = Object.keys(environment).filter((one) => !(one in VARIABLES.properties));
      expect({ name, unknown }).toEqual({ name, unknown: [] });
      expect(readConfig(environment).databaseUrl).toMatch(/@postgres:5432\/odometer$/);
    }
  });

  it('builds the image from the root', () => {
    for (const [, { build }] of ours()) {
      expect(build).toEqual({ context: '..', dockerfile: 'docker/Dockerfile' });
    }
  });

  it('names only services, volumes and files that are there', () => {
    const { services, volumes } = compose;
    for (const { depends_on: needed = [], volumes: mounts = [] } of Object.values(services)) {
      const names = Array.isArray(needed) ? (needed as string[]) : Object.keys(needed);
      expect(names.filter((name) => !(name in services))).toEqual([]);
      const sources = mounts.map((mount) => mount.split(':')[0]!);
      const missing = sources.filter((source) =>
        source.startsWith('.') ? !existsSync(`docker/${source}`) : !(source in volumes),
      );
      expect(missing).toEqual([]);
    }
  });

  it('opens ports to this machine alone', () => {
    const ports = Object.values(compose.services).flatMap((service) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('waits for servers that say when they are well', () => {
    for (const { depends_on: needed = [] } of Object.values(compose.services)) {
      if (Array.isArray(needed)) continue;
      for (const name of Object.keys(needed)) {
        expect(compose.services[name]?.healthcheck?.test.length).toBeGreaterThan(1);
      }
    }
  });

  it('leaves PostgreSQL as durable as it is by itself', () => {
    const command = compose.services['postgres']?.command ?? '';
    expect(command).toContain('max_wal_size');
    expect(command).not.toMatch(/fsync|synchronous_commit|full_page_writes/);
  });
});

describe('the distributed set', () => {
  it('runs each role once, and all of them on the same log, topic and database', async () => {
    const { services } = await yamlOf<Compose>('docker/compose.distributed.yaml');
    const configs = ROLES.map((role) => readConfig(environmentOf(services[role]!)));
    expect(configs.map(({ roles }) => [...roles])).toEqual(ROLES.map((role) => [role]));
    for (const { eventLog, kafka, usageShards } of configs) {
      expect(eventLog).toEqual({ kind: 'eventstoredb', url: 'esdb://eventstore:2113?tls=false' });
      expect(kafka).toMatchObject({ brokers: ['kafka:9092'], partitions: 12 });
      expect(usageShards).toBe(8);
    }
  });

  it('is watched by Prometheus, role by role', async () => {
    const { scrape_configs: jobs } = await yamlOf<{
      scrape_configs: { dns_sd_configs: { names: string[]; port: number }[] }[];
    }>('docker/prometheus/prometheus.yaml');
    expect(jobs[0]?.dns_sd_configs[0]).toMatchObject({ names: [...ROLES], port: 8080 });
  });
});

/** The values of the label `what`. The compiler holds them to what the code counts. */
const WHATS: Readonly<Record<string, Readonly<Record<string, true>>>> = {
  odometer_intake: {
    queuedRecords: true,
    queuedBytes: true,
    storedRecords: true,
    duplicateRecords: true,
    segments: true,
    refusals: true,
    retries: true,
  } satisfies Record<keyof IntakeStats, true>,
  odometer_kafka_sent: {
    queuedRecords: true,
    sentRecords: true,
    failedRecords: true,
    refusals: true,
    producersReplaced: true,
  } satisfies Record<keyof KafkaDoorStats, true>,
  odometer_kafka_stored: {
    messages: true,
    records: true,
    segments: true,
    deadLetters: true,
    rebalances: true,
    replaced: true,
    rests: true,
    failures: true,
    appendRetries: true,
    lostMessages: true,
    rewinds: true,
  } satisfies Record<Exclude<keyof ConsumerStats, 'lag'>, true>,
};

describe('the board', () => {
  let board: Board;
  let provided: { datasources: { uid: string; url: string }[] };
  const queries = (): string[] =>
    board.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

  beforeAll(async () => {
    board = JSON.parse(await textOf('docker/grafana/boards/odometer.json')) as Board;
    provided = await yamlOf('docker/grafana/provisioning/datasources/prometheus.yaml');
  });

  it('asks only for metrics that the servers tell', async () => {
    const known = (await registry.getMetricsAsJSON()).map(({ name }) => name);
    const asked = new Set(queries().flatMap((query) => query.match(/\b(odometer|up)\w*/g) ?? []));
    const unknown = [...asked].filter((name) => {
      const base = name.replace(/_(bucket|count|sum)$/, '');
      return (
        ![name, base].some((one) => known.includes(one) || one === 'up') && name !== 'odometer'
      );
    });
    expect(asked.size).toBeGreaterThan(10);
    expect(unknown).toEqual([]);
  });

  it('asks only for things that they count', () => {
    const asked = queries().flatMap((query) => [...query.matchAll(/(\w+)\{what="(\w+)"\}/g)]);
    expect(asked.length).toBeGreaterThan(5);
    const unknown = asked.filter(([, metric = '', what = '']) => WHATS[metric]?.[what] !== true);
    expect(unknown).toEqual([]);
  });

  it('is found by Grafana, with its data source', async () => {
    const { services } = await yamlOf<Compose>('docker/compose.distributed.yaml');
    expect(provided.datasources[0]).toMatchObject({
      uid: 'prometheus',
      url: 'http://prometheus:9090',
    });
    const text = await textOf('docker/grafana/boards/odometer.json');
    expect(new Set(text.match(/"uid": "[^"]+"/g))).toEqual(
      new Set(['"uid": "odometer"', '"uid": "prometheus"']),
    );
    const { providers } = await yamlOf<{ providers: { options: { path: string } }[] }>(
      'docker/grafana/provisioning/dashboards/boards.yaml',
    );
    const mounts = services['grafana']?.volumes ?? [];
    expect(mounts).toContain(`./grafana/boards:${providers[0]?.options.path}:ro`);
    expect(await readdir('docker/grafana/boards')).toEqual(['odometer.json']);
  });
});
