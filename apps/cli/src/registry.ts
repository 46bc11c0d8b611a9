import type { Command } from 'commander';
import { addAuditCommands } from './audit/audit.js';
import { addLogCommands } from './log/log.js';
import { addDlqCommands } from './dlq/dlq.js';

/** Adds the commands of one folder. */
export type AddCommands = (program: Command) => void;

/** Every group of commands, a folder each. */
export const COMMANDS: readonly AddCommands[] = [addAuditCommands, addLogCommands, addDlqCommands];
