import {
  shardOf,
  subjectOf,
  usageStreamId,
  type CorrectionEvent,
  type Instant,
} from '@odometer/domain';
import { catalogFromLog, createBiller, type BillerPorts } from '@odometer/billing';
import { createIntake, type Intake } from '@odometer/ingest';
import { createProjectionEngine, type ProjectionEngine } from '@odometer/projections';
import {
  billingQueries,
  billingScheduleProjection,
  createUsageQueries,
  feesProjection,
  invoicesProjection,
  usageProjection,
  type ReadCut,
} from '@odometer/read-models';
import type { EventStore, NewEvent } from '@odometer/event-store';
import type pg from 'pg';
import { TENANT } from './facts.js';

/** Usage shards of the simulated world. */
export const SHARDS = 2;

/** Limits that make a world of seconds out of one of minutes; what they mean to each other stays. */
export const LEASE_MS = 1_500;
const ENGINE_LIMITS = {
  leaseMs: LEASE_MS,
  tickMs: 600,
  batchEvents: 6,
  idlePositions: 40,
  idleMs: 500,
  retryMsMax: 500,
  pollMs: 150,
  swapMs: 600,
  swapPauseMs: 800,
  rebuildTickMs: 150,
};

/** Segments stay below the size from which on they are compressed, which happens in a thread, in real time. */
const INTAKE_LIMITS = { segmentRecords: 12, appendAttempts: 3, appendRetryDelayMs: 40 };

const BILL_EVERY_MS = 2_000;

/** What one process gets from the outside. */
export interface NodePorts {
  readonly owner: string;
  readonly store: EventStore;
  readonly pool: pg.Pool;
  /** A steady clock of the process, and the one on its wall. */
  readonly now: () => number;
  readonly wallClock: () => Instant;
  readonly onFault: (what: string) => void;
}

export const projectionsOn = (log: EventStore) => [
  billingScheduleProjection,
  feesProjection,
  invoicesProjection,
  usageProjection({ shards: SHARDS, log }),
];

/** One process with all roles, out of the product's own parts. */
export class SimNode {
  readonly intake: Intake;
  readonly engine: ProjectionEngine;
  readonly biller: ReturnType<typeof createBiller>;
  private stopping = false;

  constructor(private readonly ports: NodePorts) {
    const { owner, store, pool, now, wallClock, onFault } = ports;
    this.intake = createIntake({ store, shards: SHARDS, now: wallClock, limits: INTAKE_LIMITS });
    this.engine = createProjectionEngine({
      pool,
      store,
      owner,
      now,
      projections: projectionsOn(store),
      limits: ENGINE_LIMITS,
      onFault: ({ name, shard, error }) => onFault(`projection ${name}/${shard}: ${error.message}`),
    });
    this.biller = createBiller(billerPorts(ports, this.engine));
  }

  /** Rejects when the engine cannot start; such a process ends, and is started again by whoever looks after it. */
  async start(): Promise<void> {
    await this.engine.start();
    void this.billNowAndThen();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.intake.drain();
    await this.engine.stop();
  }

  /** Stands behind the record that it is about, in the stream of its shard. */
  async correct(correction: NewEvent): Promise<void> {
    const subject = subjectOf(correction.data as unknown as CorrectionEvent['data']);
    const stream = usageStreamId(TENANT, shardOf(subject, SHARDS));
    await this.ports.store.append(stream, [correction], { expectedRevision: 'any' });
  }

  private async billNowAndThen(): Promise<void> {
    while (!this.stopping) {
      await new Promise<void>((resolve) => setTimeout(resolve, BILL_EVERY_MS));
      await this.bill();
    }
  }

  /** A run that fails is repeated by the next one; only what is said to be wrong with a subscription is told. */
  async bill(): Promise<number | null> {
    try {
      const { faults, position } = await this.biller.billDue({ now: this.ports.wallClock() });
      return faults.length === 0 ? position : null;
    } catch {
      return null;
    }
  }
}

function billerPorts({ store, pool, wallClock }: NodePorts, engine: ProjectionEngine): BillerPorts {
  const { readUsage, readMeteredEvents, usageSubjects } = createUsageQueries({
    pool,
    log: store,
    readCut,
  });
  return {
    ...billingQueries(pool),
    store,
    readUsage,
    readMeteredEvents,
    usageSubjects,
    catalog: catalogFromLog(store),
    waitForReadModels: (position) => engine.waitFor('all', position, 4_000),
    now: wallClock,
  };
}

/** As the server reads it: how far each usage shard has come, in the snapshot of the query. */
export const readCut: ReadCut = async (sql) => {
  const { rows } = await sql.query<{ position: string }>(
    `SELECT position FROM odometer.projection_shards WHERE name = 'usage' AND target = 'live' ORDER BY shard`,
  );
  const cut = rows.map(({ position }) => Number(position));
  return { position: Math.min(...cut), cut };
};
