import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Of the repository, also from where this file is compiled to. */
const ROOT = ((): string => {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  return folder;
})();
const CACHE = path.join(ROOT, 'node_modules/.cache/odometer-kafka');

/** The oldest Java that the brokers of these versions run on. */
const JAVA_MIN = 17;
const DOWNLOAD_MS = 240_000;

/** Why this machine cannot run a broker, in words for the person who reads the test report. */
export class NoKafka extends Error {
  override readonly name = 'NoKafka';
}

/**
 * The folder with the broker's jars. Maven fetches them once from Maven Central into node_modules/.cache. Throws NoKafka where Java or Maven are
 * missing or too old, and where Maven cannot reach the repository.
 */
export async function kafkaJars(version: string): Promise<string> {
  await checkJava();
  const folder = path.join(CACHE, version);
  if (await exists(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  const scratch = await mkdtemp(path.join(CACHE, 'fetch-'));
  try {
    await fetchJars(version, scratch);
    await rename(path.join(scratch, 'jars'), folder);
  } catch (error) {
    // Another process may have been faster; its jars are as good.
    if (!(await exists(folder))) throw error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return folder;
}

async function checkJava(): Promise<void> {
  const output = await run('java', ['-version']).then(
    ({ stderr }) => stderr,
    (error: unknown) => {
      throw new NoKafka('there is no java on this machine', { cause: error });
    },
  );
  const major = Number(/version "(\d+)/.exec(output)?.[1]);
  if (major >= JAVA_MIN) return;
  throw new NoKafka(`java is ${major}, Kafka needs ${JAVA_MIN}`);
}

async function fetchJars(version: string, scratch: string): Promise<void> {
  await writeFile(path.join(scratch, 'pom.xml'), pom(version));
  const goal = ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=jars'];
  try {
    await run('mvn', goal, { cwd: scratch, timeout: DOWNLOAD_MS });
  } catch (error) {
    const { code, stdout } = error as { code?: unknown; stdout?: string };
    const reason = code === 'ENOENT' ? 'there is no mvn on this machine' : `mvn failed: ${stdout}`;
    throw new NoKafka(reason, { cause: error });
  }
}

const pom = (version: string): string => `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>odometer</groupId>
  <artifactId>kafka-${createHash('sha256').update(version).digest('hex').slice(0, 8)}</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${version}</version>
    </dependency>
  </dependencies>
</project>
`;

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
