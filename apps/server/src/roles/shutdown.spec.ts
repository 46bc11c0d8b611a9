import { pino } from 'pino';
import { Shutdown } from './shutdown.js';

describe('a shutdown', () => {
  const fresh = (): Shutdown => new Shutdown(pino({ level: 'silent' }));

  it('stops what was started last first, one after the other', async () => {
    const stopped: string[] = [];
    const shutdown = fresh();
    shutdown.add('database', () => Promise.resolve(stopped.push('database')));
    shutdown.add('engine', async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      stopped.push('engine');
    });
    await shutdown.run();
    expect(stopped).toEqual(['engine', 'database']);
  });

  it('runs once, however often it is asked', async () => {
    let runs = 0;
    const shutdown = fresh();
    shutdown.add('step', () => Promise.resolve((runs += 1)));
    await Promise.all([shutdown.run(), shutdown.run()]);
    await shutdown.run();
    expect(runs).toBe(1);
  });

  it('stops the rest when a step fails', async () => {
    const stopped: string[] = [];
    const shutdown = fresh();
    shutdown.add('database', () => Promise.resolve(stopped.push('database')));
    shutdown.add('engine', () => Promise.reject(new Error('stuck')));
    await shutdown.run();
    expect(stopped).toEqual(['database']);
  });
});
