import { createKafkaClient, DeadLetterQueue, KafkaUnavailable } from '@odometer/ingest';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { CommandRefused } from '../failure.js';
import { describeLetter, tableOf } from './letters.js';

interface Connection {
  readonly brokers: string;
  readonly topic: string;
  readonly ssl: string;
  readonly mechanism: string;
  readonly username?: string;
  readonly password?: string;
}

/** Letters that `list` shows unless it is told another number. */
const LISTED = 50;

/** `odometer dlq`: messages from Kafka that could not be read as usage. */
export function addDlqCommands(program: Command): void {
  const dlq = program.command('dlq').description('messages from Kafka that are no usage');
  const add = (name: string, description: string): Command =>
    connecting(dlq.command(name).description(description));
  add('list', 'the oldest messages that wait, with the reason of each')
    .option('--limit <count>', 'how many at most', wholeNumber, LISTED)
    .action((options: Connection & { limit: number }) =>
      withQueue(options, async (queue) => {
        const [depth, letters] = [await queue.depth(), await queue.list(options.limit)];
        return `${depth} wait\n${letters.length > 0 ? `${tableOf(letters)}\n` : ''}`;
      }),
    );
  add('show', 'one message: what is wrong with it, its headers and its content')
    .argument('<offset>', 'as list shows it', wholeNumber)
    .action((offset: number, options: Connection) =>
      withQueue(options, async (queue) => {
        const letter = await queue.find(offset);
        if (letter === null) throw new CommandRefused(`no message waits at ${offset}`);
        return describeLetter(letter);
      }),
    );
  add('replay', 'sends what waits to its topic again, oldest first, as it was')
    .option('--limit <count>', 'how many at most', wholeNumber, Number.MAX_SAFE_INTEGER)
    .action((options: Connection & { limit: number }) =>
      withQueue(options, async (queue) => {
        const sent = await queue.replay(options.limit);
        return `${sent} sent again, ${await queue.depth()} wait\n`;
      }),
    );
}

const connecting = (command: Command): Command =>
  command
    .addOption(
      new Option('--brokers <list>', 'host:port of brokers, with commas')
        .env('KAFKA_BROKERS')
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--topic <name>', 'the topic of usage')
        .env('KAFKA_USAGE_TOPIC')
        .default('odometer.usage'),
    )
    .addOption(
      new Option('--ssl <yes>', 'whether to use TLS')
        .env('KAFKA_SSL')
        .choices(['true', 'false'])
        .default('false'),
    )
    .addOption(
      new Option('--mechanism <name>', 'how to log in')
        .env('KAFKA_SASL_MECHANISM')
        .choices(['none', 'plain', 'scram-sha-256', 'scram-sha-512'])
        .default('none'),
    )
    .addOption(new Option('--username <name>', 'to log in with').env('KAFKA_USERNAME'))
    // On the command line everybody on the machine could read it; in the environment only its owner can.
    .addOption(new Option('--password <secret>').env('KAFKA_PASSWORD').hideHelp());

async function withQueue(
  options: Connection,
  work: (queue: DeadLetterQueue) => Promise<string>,
): Promise<void> {
  const log = { debug: ignore, warn: ignore, error: ignore };
  const kafka = createKafkaClient({
    brokers: options.brokers.split(','),
    ssl: options.ssl === 'true',
    sasl: saslOf(options),
    log,
  });
  try {
    process.stdout.write(await work(new DeadLetterQueue(kafka, options.topic, log)));
  } catch (error) {
    if (error instanceof KafkaUnavailable) throw new CommandRefused(error.message);
    throw error;
  }
}

const ignore = (): void => undefined;

function saslOf({ mechanism, username = '', password = '' }: Connection) {
  if (mechanism === 'none') return null;
  return {
    mechanism: mechanism as 'plain' | 'scram-sha-256' | 'scram-sha-512',
    username,
    password,
  };
}

function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is not a whole number.');
}
