import { fold, streamIdOf, type Decider, type Instant } from '@odometer/domain';
import {
  handle,
  readDomainEvent,
  type DomainEvent,
  type EventStore,
  type Handled,
} from '@odometer/event-store';
import type { Caller } from '../http/auth/caller.js';

/** Who commands, and which command it is: the same id again is the same command. */
export interface CommandOrigin {
  readonly caller: Caller;
  readonly commandId: string;
}

/** An aggregate: the kind of its stream, and its id in the tenant; the tenant itself has none. */
export interface Target {
  readonly kind: string;
  readonly tenant: string;
  readonly id?: string;
}

const streamOf = ({ kind, tenant, id }: Target): string =>
  id === undefined ? `${kind}-${tenant}` : streamIdOf(kind, tenant, id);

/** The aggregates as their streams say, which is the truth of this moment; read models may be a little behind. */
export class Aggregates {
  constructor(
    private readonly store: EventStore,
    readonly now: () => Instant,
  ) {}

  /** Runs one command. Throws what the decider refuses. */
  decide<State, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    target: Target,
    command: Command,
    origin: CommandOrigin,
  ): Promise<Handled<State, Event>> {
    return handle(this.store, decider, command, {
      streamId: streamOf(target),
      tenant: target.tenant,
      now: this.now(),
      actor: origin.caller.keyId,
      commandId: origin.commandId,
    });
  }

  async load<State, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    target: Target,
  ): Promise<State> {
    const history = await this.store.readStream(streamOf(target));
    return fold(
      decider,
      history.map((event) => readDomainEvent(event) as unknown as Event),
    );
  }
}
