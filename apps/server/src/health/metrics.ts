import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Platform } from '../roles/platform.js';
import { kafkaMetrics } from './kafka-metrics.js';

export const registry = new Registry();

export const requestSeconds = new Histogram({
  name: 'odometer_http_request_seconds',
  help: 'Time from request to answer.',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  registers: [registry],
});

const intakeGauge = new Gauge({
  name: 'odometer_intake',
  help: 'Usage intake of this process: queued records and bytes now; stored, duplicate, segments, refusals, retries since the start.',
  labelNames: ['what'],
  registers: [registry],
});

const lagGauge = new Gauge({
  name: 'odometer_projection_lag',
  help: 'Events that a read model has not looked at yet.',
  labelNames: ['projection'],
  registers: [registry],
});

const headGauge = new Gauge({
  name: 'odometer_log_position',
  help: 'Position of the last event of the log.',
  registers: [registry],
});

const faultGauge = new Gauge({
  name: 'odometer_projection_faulted',
  help: '1 when a read model has stopped at an event.',
  labelNames: ['projection'],
  registers: [registry],
});

const tellKafka = kafkaMetrics(registry);

const shardsGauge = new Gauge({
  name: 'odometer_projection_shards',
  help: 'Shards of a read model that a process works on, of all processes: the same wherever it is asked.',
  labelNames: ['projection', 'owner'],
  registers: [registry],
});

collectDefaultMetrics({ register: registry, prefix: 'odometer_process_' });

/** The metrics of this moment in Prometheus' text format. */
export async function metricsText({ intake, engine, kafka }: Platform): Promise<string> {
  for (const [what, value] of Object.entries<number>({ ...intake.stats() }))
    intakeGauge.set({ what }, value);
  if (kafka !== null) await tellKafka(kafka);
  const status = await engine.status();
  headGauge.set(status.head);
  shardsGauge.reset();
  for (const { name, lag, shards } of status.projections) {
    lagGauge.set({ projection: name }, lag);
    const faulted = shards.some(({ fault }) => fault !== null);
    faultGauge.set({ projection: name }, faulted ? 1 : 0);
    for (const { owner, target } of shards) {
      if (owner !== null && target === 'live') shardsGauge.inc({ projection: name, owner });
    }
  }
  return registry.metrics();
}
