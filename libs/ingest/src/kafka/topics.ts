import type { Admin, Kafka } from 'kafkajs';
import { KafkaUnavailable } from './client.js';
import { LETTER_BYTES_MAX, USAGE_BYTES_MAX } from './limits.js';

/** Where the messages of a topic go that cannot be read. */
export const deadLetterTopic = (topic: string): string => `${topic}.dlq`;

/** The group whose committed offset says which dead letters were dealt with. */
export const deadLetterGroup = (topic: string): string => `${deadLetterTopic(topic)}.handled`;

/**
 * Makes the usage topic and that of its dead letters where they are missing; those that exist stay as they are. Applications may compress as they
 * like: the broker unpacks what they send, since we read no codec but gzip. Dead letters wait for a person, so they never expire. Throws
 * KafkaUnavailable.
 */
export async function ensureTopics(kafka: Kafka, topic: string, partitions: number): Promise<void> {
  await withAdmin(kafka, async (admin) => {
    await admin.createTopics({
      waitForLeaders: true,
      topics: [
        {
          topic,
          numPartitions: partitions,
          replicationFactor: -1,
          configEntries: [
            { name: 'compression.type', value: 'uncompressed' },
            { name: 'max.message.bytes', value: String(USAGE_BYTES_MAX) },
          ],
        },
        {
          topic: deadLetterTopic(topic),
          numPartitions: 1,
          replicationFactor: -1,
          configEntries: [
            { name: 'retention.ms', value: '-1' },
            { name: 'max.message.bytes', value: String(LETTER_BYTES_MAX) },
          ],
        },
      ],
    });
  });
}

/** How many partitions a topic has now. Throws KafkaUnavailable. */
export const partitionsOf = (kafka: Kafka, topic: string): Promise<number> =>
  withAdmin(kafka, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.length ?? 0;
  });

/** A connection for administration, closed after its use. Throws KafkaUnavailable when the brokers cannot be reached, or refuse. */
export async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  try {
    // Also on a connection on which nothing is answered this seems to have worked.
    await admin.connect();
    return await work(admin);
  } catch (error) {
    throw new KafkaUnavailable(`Kafka cannot be reached: ${reasonOf(error)}`, { cause: error });
  } finally {
    await admin.disconnect();
  }
}

export const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
