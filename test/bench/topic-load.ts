import { Kafka, logLevel, type Message } from 'kafkajs';
import { makeStream, type StreamOptions } from './records.js';
import { tallyOf, type Tally } from './tally.js';
import { serveTask } from './task.js';

export interface TopicLoad {
  readonly brokers: string;
  readonly topic: string;
  readonly stream: StreamOptions;
}

export interface TopicLoadResult {
  /** Until the broker had acknowledged everything. */
  readonly elapsedMs: number;
  readonly jsonBytes: number;
  readonly tally: Tally;
}

const SEND_MESSAGES = 1_000;
const IN_FLIGHT = 4;

/** An application that writes its usage to the topic itself, each record a message. */
serveTask<TopicLoad, TopicLoadResult>(async ({ brokers, topic, stream }) => {
  const { lines, old } = makeStream(stream);
  const messages = lines.map(({ customer, json }) => ({ key: `default:${customer}`, value: json }));
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const parcels: Message[][] = [];
  for (let at = 0; at < messages.length; at += SEND_MESSAGES) {
    parcels.push(messages.slice(at, at + SEND_MESSAGES));
  }
  return async () => {
    const start = performance.now();
    const sendOneByOne = async (): Promise<void> => {
      for (let next = parcels.shift(); next !== undefined; next = parcels.shift()) {
        await producer.send({ topic, acks: -1, messages: next });
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, sendOneByOne));
    const elapsedMs = performance.now() - start;
    await producer.disconnect();
    const jsonBytes = lines.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0);
    return { elapsedMs, jsonBytes, tally: tallyOf(lines, old) };
  };
});
