import { Option, type Command } from 'commander';
import { CommandRefused } from '../failure.js';
import { openStore } from '../stores.js';

/** `odometer audit`: checks of the log. */
export function addAuditCommands(program: Command): void {
  program
    .command('audit')
    .description('checks of the log')
    .command('verify')
    .description('recomputes the hash chain of every stream; exits with 1 when one is broken')
    .addOption(
      new Option('--store <address>', 'the log: postgres://… or esdb://…')
        .env('DATABASE_URL')
        .makeOptionMandatory(),
    )
    .action(({ store }: { store: string }) => verify(store));
}

async function verify(address: string): Promise<void> {
  const { store, shown, close } = openStore(address);
  try {
    const { events, streams, faults } = await store.verify();
    process.stdout.write(`${shown}: ${events} events in ${streams} streams\n`);
    for (const { streamId, revision, problem } of faults) {
      process.stdout.write(`  ${streamId} @ ${revision}: ${problem}\n`);
    }
    if (faults.length > 0) throw new CommandRefused(`${faults.length} faults in the log`);
    process.stdout.write('every hash chain holds\n');
  } finally {
    await close();
  }
}
