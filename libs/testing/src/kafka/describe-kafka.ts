import { KAFKA_VERSION } from './kafka-broker.js';
import { kafkaJars, NoKafka } from './kafka-jars.js';

/**
 * A suite that needs a broker. Where none can run the suite is reported as skipped, with the reason in its name; on CI (the variable CI is set)
 * that is a failure, since nobody would read it there. Awaited at the top of a spec, before Jest collects the suites.
 */
export async function describeWithKafka(name: string, suite: () => void): Promise<void> {
  const missing = await reasonWithout();
  if (missing === null) describe(name, suite);
  else if (process.env['CI']) throw new Error(`${name} cannot run on CI: ${missing}`);
  else {
    // Jest names a skipped suite only when it is asked to be verbose.
    process.stderr.write(`skipped: ${name}, since ${missing}\n`);
    describe.skip(`${name} (skipped: ${missing})`, suite);
  }
}

async function reasonWithout(): Promise<string | null> {
  try {
    await kafkaJars(process.env['ODOMETER_TEST_KAFKA_VERSION'] ?? KAFKA_VERSION);
    return null;
  } catch (error) {
    if (error instanceof NoKafka) return error.message;
    throw error;
  }
}
