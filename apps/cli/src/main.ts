#!/usr/bin/env node
import { Command } from 'commander';
import { describeFailure } from './failure.js';
import { COMMANDS } from './registry.js';

const program = new Command('odometer')
  .description('Works on the log, the read models and the queues of an Odometer.')
  .showHelpAfterError();
for (const add of COMMANDS) add(program);

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`odometer: ${describeFailure(error)}\n`);
  process.exitCode = 1;
});
