/**
 * An aggregate as three pure functions. `decide` may refuse (RuleBroken) and answers the new events, an empty list when
 * a repeated command changes nothing; `evolve` never refuses and copies. Neither reads a clock, chance, or the outside.
 */
export interface Decider<State, Command, Event> {
  readonly initialState: () => State;
  readonly decide: (command: Command, state: State) => Event[];
  readonly evolve: (state: State, event: Event) => State;
}

/** The state that a history of events leads to. */
export function fold<State, Command, Event>(
  decider: Decider<State, Command, Event>,
  history: Iterable<Event>,
): State {
  let state = decider.initialState();
  for (const event of history) state = decider.evolve(state, event);
  return state;
}
