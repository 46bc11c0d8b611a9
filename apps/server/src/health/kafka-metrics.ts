import { Gauge, type Registry } from 'prom-client';
import type { KafkaRole } from '../roles/kafka.js';

/** Tells the registry how usage goes through Kafka. */
export function kafkaMetrics(registry: Registry): (kafka: KafkaRole) => Promise<void> {
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const sent = gauge(
    'odometer_kafka_sent',
    'Usage written to the topic by this process: records queued now; sent, failed, refusals, replaced producers since the start.',
    ['what'],
  );
  const stored = gauge(
    'odometer_kafka_stored',
    'Usage stored from the topic by this process since the start: messages, records, segments, dead letters, rebalances, replaced consumers, rests, failures, retries, lost messages, rewinds.',
    ['what'],
  );
  const lag = gauge('odometer_kafka_lag', 'Messages that were not read yet at the last fetch.', [
    'partition',
  ]);
  const deadLetters = gauge(
    'odometer_kafka_dead_letters',
    'Messages that could not be read as usage and wait for a person.',
  );
  return async (kafka) => {
    const stats = await kafka.stats();
    for (const [what, value] of Object.entries<number>({ ...stats.sent }))
      sent.set({ what }, value);
    if (stats.deadLetters !== null) deadLetters.set(stats.deadLetters);
    lag.reset();
    if (stats.stored === null) return;
    const { lag: lags, ...counts } = stats.stored;
    for (const [what, value] of Object.entries(counts)) stored.set({ what }, value);
    for (const [partition, value] of lags) lag.set({ partition: String(partition) }, value);
  };
}
