import { createFaultProxy, describeWithKafka, freePort, KafkaBroker } from '@odometer/testing';
import type { FaultProxy } from '@odometer/testing';
import { createClient } from './client.js';
import { SteadyProducer } from './steady-producer.js';
import { ensureTopics } from './topics.js';

const TOPIC = 'odometer.usage';
const SLOW_MS = 60_000;
const quiet = { debug: () => undefined, warn: () => undefined, error: () => undefined };

await describeWithKafka('a producer', () => {
  let broker: KafkaBroker;
  let proxy: FaultProxy;

  beforeAll(async () => {
    const port = await freePort();
    proxy = await createFaultProxy(`tcp://127.0.0.1:${port}`);
    const { port: advertised } = new URL(proxy.url);
    broker = await KafkaBroker.start({ port, advertisedPort: Number(advertised) });
  }, SLOW_MS);
  afterAll(async () => {
    await broker.remove();
    await proxy.close();
  }, SLOW_MS);

  it(
    'whose connection dies silently is replaced in time, and the next one sends',
    async () => {
      const kafka = createClient({ brokers: [broker.address], ssl: false, sasl: null, log: quiet });
      await ensureTopics(kafka, TOPIC, 1);
      const producer = await SteadyProducer.connect(kafka, quiet, 2_000);
      await producer.send(TOPIC, [{ value: 'before' }]);
      proxy.set('black hole');
      await expect(producer.send(TOPIC, [{ value: 'lost' }])).rejects.toThrow(
        'Kafka did not confirm: no answer within 2000 ms',
      );
      proxy.set('pass');
      await producer.send(TOPIC, [{ value: 'after' }]);
      expect(producer.replaced).toBe(1);
      proxy.cut();
      await producer.close();
    },
    SLOW_MS,
  );
});
