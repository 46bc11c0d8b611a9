import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { KeyHolder } from '../http/idempotency/idempotency-keys.js';

const OWNER = /^(.*)-(\d+)-[0-9a-f]{8}$/;

/** Names this start of this process among all that share a database. */
export const ownerName = (): string => `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;

/** This process, as the holder of idempotency keys. */
export const keyHolder: KeyHolder = { name: ownerName(), isGone: isOwnerGone };

/**
 * Whether the process behind a name is certainly gone: it ran on this machine, and its number is free or has come to us. After a kill the
 * next start then works at once. Of other machines nothing is certain; their leases run out.
 */
export function isOwnerGone(owner: string): boolean {
  const [, host, number] = OWNER.exec(owner) ?? [];
  if (host !== hostname() || number === undefined) return false;
  const pid = Number(number);
  return pid === process.pid || !isRunning(pid);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
