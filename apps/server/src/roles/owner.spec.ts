import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { isOwnerGone, ownerName } from './owner.js';

describe('the owner of leases', () => {
  it('has a name of its own for each start', () => {
    expect(ownerName()).not.toBe(ownerName());
  });

  it('is gone when its process on this machine is', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)']);
    await once(child, 'spawn');
    const owner = `${hostname()}-${child.pid}-0123abcd`;
    expect(isOwnerGone(owner)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isOwnerGone(owner)).toBe(true);
  });

  it('is gone when its number has come to this process', () => {
    expect(isOwnerGone(`${hostname()}-${process.pid}-0123abcd`)).toBe(true);
  });

  it('is not known to be gone from another machine', () => {
    expect(isOwnerGone('elsewhere.example-999999-0123abcd')).toBe(false);
    expect(isOwnerGone('nonsense')).toBe(false);
  });
});
