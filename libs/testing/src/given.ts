import { fold, RuleBroken, type Decider } from '@odometer/domain';

/** What can be said of a decision: these events, none, or a refusal with this code. */
export interface Decision<Event> {
  then(...expected: Event[]): void;
  thenNothing(): void;
  thenBreaks(code: string): void;
}

/** Reads as a sentence: `given(decider)(...past).when(command).then(...events)`. Events are compared whole. */
export const given =
  <State, Command, Event>(decider: Decider<State, Command, Event>) =>
  (...past: Event[]) => ({
    when: (command: Command): Decision<Event> => {
      const decide = (): Event[] => decider.decide(command, fold(decider, past));
      return {
        then: (...expected) => expect(decide()).toEqual(expected),
        thenNothing: () => expect(decide()).toEqual([]),
        thenBreaks: (code) => expect(refusalOf(decide)).toBe(code),
      };
    },
  });

/** The code of the broken rule; a sentence when there was no refusal. Any other error passes through. */
function refusalOf(decide: () => unknown): string {
  try {
    return `not refused: ${JSON.stringify(decide())}`;
  } catch (error) {
    if (error instanceof RuleBroken) return error.code;
    throw error;
  }
}
