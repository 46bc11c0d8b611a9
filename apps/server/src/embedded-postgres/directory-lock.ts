import { createHash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PostgresNotStarted } from './not-started.js';

/** sockaddr_un holds 108 bytes on Linux, 104 elsewhere. */
const SOCKET_PATH_BYTES_MAX = 100;

/**
 * Holds a data directory for this process. The lock is a listening socket, because a killed process leaves nothing of it but
 * a file that nobody answers on. Throws PostgresNotStarted while another process holds it.
 */
export async function lockDirectory(directory: string): Promise<{ release(): Promise<void> }> {
  const address = socketAddress(directory);
  let server = await listen(address);
  if (!server) {
    if (await answers(address)) {
      throw new PostgresNotStarted(
        `another Odometer server is running on the data directory ${directory}; ` +
          'stop it, or give this one another ODOMETER_DATA_DIR',
      );
    }
    await unlink(address);
    server = await listen(address);
  }
  if (!server) throw new PostgresNotStarted(`another Odometer server has just taken ${directory}`);
  const held = server;
  return { release: () => new Promise((done) => held.close(() => done())) };
}

function socketAddress(directory: string): string {
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  if (process.platform === 'win32') return `\\\\.\\pipe\\odometer-${name}`;
  const inside = path.join(directory, 'lock.sock');
  return Buffer.byteLength(inside) <= SOCKET_PATH_BYTES_MAX
    ? inside
    : path.join(tmpdir(), `odometer-${name}.sock`);
}

function listen(address: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    );
    server.listen(address, () => {
      // The lock must not keep a process alive that has nothing else to do.
      server.unref();
      resolve(server);
    });
  });
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
