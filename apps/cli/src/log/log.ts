import type { Command } from 'commander';
import { CommandRefused } from '../failure.js';
import { withProgress } from '../progress.js';
import { openStore } from '../stores.js';
import { compareLogs, copyLog } from './copy-log.js';
import { switchLog, SWITCHABLE } from './switch-log.js';

/** `odometer log`: moves the log. */
export function addLogCommands(program: Command): void {
  const log = program.command('log').description('moves the log between stores');
  log
    .command('copy')
    .description(
      'copies a log into another store and compares the two; run it again after an interruption',
    )
    .requiredOption('--from <address>', 'the log to copy: postgres://… or esdb://…')
    .requiredOption('--to <address>', 'where to: postgres://… or esdb://…, empty at first')
    .action((options: { from: string; to: string }) => copy(options));
  log
    .command('switch')
    .description('lets the read models of a stopped server follow the log in another store')
    .requiredOption('--database <address>', 'the database of the read models: postgres://…')
    .requiredOption('--to <store>', SWITCHABLE.join(' or '))
    .action((options: { database: string; to: string }) =>
      switchLog(options.database, options.to).then((text) => void process.stdout.write(text)),
    );
}

async function copy(options: { readonly from: string; readonly to: string }): Promise<void> {
  if (options.from === options.to) throw new CommandRefused('both stores are the same');
  const from = openStore(options.from);
  const to = openStore(options.to);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once('SIGINT', onSignal);
  try {
    process.stdout.write(`${from.shown} → ${to.shown}\n`);
    await to.prepare();
    const head = await from.store.head();
    const { found, appended, stopped } = await withProgress('copied', head, (onProgress) =>
      copyLog({ from: from.store, to: to.store, signal: stop.signal, onProgress }),
    );
    process.stdout.write(`${found} events were there, ${appended} were appended\n`);
    if (stopped) throw new CommandRefused('stopped; the same command goes on from here');
    const { events, streams } = await withProgress('compared', head, (onProgress) =>
      compareLogs({ from: from.store, to: to.store, onProgress }),
    );
    process.stdout.write(
      `the same ${events} events in ${streams} streams on both sides; every hash chain holds\n`,
    );
  } finally {
    process.off('SIGINT', onSignal);
    await from.close();
    await to.close();
  }
}
