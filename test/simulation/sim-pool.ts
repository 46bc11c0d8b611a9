import { EventEmitter } from 'node:events';
import type pg from 'pg';
import type { FaultDice } from './faults.js';
import type { Actor, Scheduler, Settled } from './scheduler.js';
import {
  Session,
  terminated,
  type Answer,
  type SimPostgres,
  type Statement,
} from './sim-postgres.js';

/** Connections of one process, as the server has them by default. */
const POOL_SIZE = 10;

export interface Wire {
  readonly scheduler: Scheduler;
  readonly server: SimPostgres;
  readonly dice: FaultDice;
  /** Changes a statement on its way to the server: how bugs are planted. */
  readonly rewrite: (text: string) => string;
  /** Hears of every statement that was carried out, and how it ended. */
  readonly onDone: (actor: Actor, text: string, settled: Settled<Answer>) => Promise<void>;
}

/** A `pg.Pool` of one simulated process, with the part of its interface that the product uses. */
export class SimPool extends EventEmitter {
  readonly options = { max: POOL_SIZE };
  private readonly sessions = new Set<Session>();
  private readonly waiting: ((client: SimClient) => void)[] = [];

  constructor(
    private readonly actor: Actor,
    private readonly wire: Wire,
  ) {
    super();
  }

  connect(): Promise<SimClient> {
    if (this.sessions.size < POOL_SIZE) return Promise.resolve(this.newClient());
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  async query(query: string | Statement, values?: unknown[]): Promise<Answer> {
    const client = await this.connect();
    try {
      const answer = await client.query(query, values);
      client.release(false);
      return answer;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  /** The process is gone: the server notices after a while, and rolls back. */
  sever(): void {
    const { scheduler, server } = this.wire;
    for (const session of this.sessions) {
      const delay = scheduler.random.next() * 200;
      scheduler.schedule(null, delay, `a connection of ${this.actor.name} breaks`, () =>
        server.close(session),
      );
    }
  }

  private newClient(): SimClient {
    const session = new Session(this.actor);
    this.sessions.add(session);
    return new SimClient(session, this.wire, () => {
      this.sessions.delete(session);
      // In the same turn: whoever waits for a connection gets it without another wait.
      this.waiting.shift()?.(this.newClient());
    });
  }

  asPool(): pg.Pool {
    return this as unknown as pg.Pool;
  }
}

class SimClient extends EventEmitter {
  constructor(
    private readonly session: Session,
    private readonly wire: Wire,
    private readonly onReleased: () => void,
  ) {
    super();
  }

  query(query: string | Statement, values?: unknown[]): Promise<Answer> {
    const asked: Statement = typeof query === 'string' ? { text: query } : query;
    const { text, values: own, name, rowMode } = asked;
    const statement: Statement = {
      text: this.wire.rewrite(text),
      ...(name === undefined ? {} : { name }),
      ...(rowMode === undefined ? {} : { rowMode }),
      ...((values ?? own) === undefined ? {} : { values: values ?? own }),
    };
    return this.send(statement, text);
  }

  release(broken?: boolean | Error): void {
    const { scheduler, server } = this.wire;
    this.onReleased();
    if (server.giveBack(this.session)) return;
    const what = broken ? 'closes' : 'gives back';
    scheduler.schedule(null, 0, `${this.session.actor.name} ${what} a connection`, () =>
      server.close(this.session),
    );
  }

  private send(statement: Statement, original: string): Promise<Answer> {
    const { scheduler, server, dice, onDone } = this.wire;
    const { session } = this;
    const { actor } = session;
    const fate = dice.ofStatement(actor);
    return scheduler.call<Answer>(actor, `sql ${labelOf(original)}`, async (answer) => {
      if (fate === 'lost before') {
        await server.close(session);
        return answer({ error: terminated() });
      }
      await server.execute(scheduler, session, statement, async (settled) => {
        await onDone(actor, original, settled);
        if (fate === 'lost after') await server.close(session);
        answer(fate === 'lost after' ? { error: terminated() } : settled);
      });
    });
  }
}

const labelOf = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 110);
