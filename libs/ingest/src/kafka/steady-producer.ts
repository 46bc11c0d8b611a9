import { Partitioners, type Kafka, type Message, type Producer } from 'kafkajs';
import { KafkaUnavailable, RETRY, type KafkaLog } from './client.js';
import { SEND_TIMEOUT_MS } from './limits.js';
import { reasonOf } from './topics.js';

/** The broker did not confirm. The messages may stand in the topic wholly, in part, or not at all. */
export class SendFailed extends Error {
  override readonly name = 'SendFailed';
}

/** The broker will not take a message of this size; nothing of the request was stored. */
export class MessageTooLarge extends Error {
  override readonly name = 'MessageTooLarge';
}

/**
 * An idempotent producer that is replaced when it breaks. After a failed request kafkajs no longer knows the sequence numbers that the broker has
 * seen, and every later request may be refused, so a producer that failed once is never used again. One whose connect failed is not used either:
 * kafkajs would let it send without a producer id, which is without idempotence. Nor does it close a connection on which nothing is answered, but
 * asks again and again on the same one: so we do not wait for the end of its retries.
 */
export class SteadyProducer {
  private current: Promise<Producer> | null = null;
  private closed = false;
  /** Producers that were given up since the start. */
  replaced = 0;

  private constructor(
    private readonly kafka: Kafka,
    private readonly log: KafkaLog,
    private readonly timeoutMs: number,
  ) {}

  /** Throws KafkaUnavailable when the first connect fails. */
  static async connect(
    kafka: Kafka,
    log: KafkaLog,
    timeoutMs = SEND_TIMEOUT_MS,
  ): Promise<SteadyProducer> {
    const producer = new SteadyProducer(kafka, log, timeoutMs);
    await producer.producer();
    return producer;
  }

  /** Resolves when all in-sync replicas have the messages. Throws KafkaUnavailable, MessageTooLarge or SendFailed. */
  async send(topic: string, messages: Message[]): Promise<void> {
    const producer = await this.producer();
    try {
      await this.inTime(producer.send({ topic, acks: -1, messages }));
    } catch (error) {
      this.giveUp(producer, error);
      if (typeOf(error) === 'MESSAGE_TOO_LARGE' || typeOf(error) === 'RECORD_LIST_TOO_LARGE')
        throw new MessageTooLarge(reasonOf(error), { cause: error });
      throw new SendFailed(`Kafka did not confirm: ${reasonOf(error)}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    const current = await this.current?.catch(() => null);
    this.current = null;
    await current?.disconnect();
  }

  private producer(): Promise<Producer> {
    if (this.closed) return Promise.reject(new KafkaUnavailable('the producer is closed'));
    this.current ??= this.connected();
    return this.current;
  }

  private async connected(): Promise<Producer> {
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: RETRY,
    });
    try {
      await this.inTime(producer.connect());
      return producer;
    } catch (error) {
      this.current = null;
      this.leave(producer);
      throw new KafkaUnavailable(`Kafka cannot be reached: ${reasonOf(error)}`, { cause: error });
    }
  }

  private async inTime<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new Error(`no answer within ${this.timeoutMs} ms`);
      timer = setTimeout(() => reject(error), this.timeoutMs);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private giveUp(producer: Producer, error: unknown): void {
    this.replaced += 1;
    this.current = null;
    this.log.warn({ err: error }, 'the Kafka producer is replaced');
    this.leave(producer);
  }

  private leave(producer: Producer): void {
    producer
      .disconnect()
      .catch((error: unknown) => this.log.debug({ err: error }, 'a producer did not disconnect'));
  }
}

const typeOf = (error: unknown): unknown => {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('type' in error && typeof error.type === 'string') return error.type;
  return 'cause' in error ? typeOf(error.cause) : undefined;
};
