/** Stream `clock-<tenant>-<code>`. */
export type TestClockEvent =
  | {
      readonly type: 'TestClockCreated';
      readonly data: { readonly code: string; readonly now: string };
    }
  | {
      readonly type: 'TestClockAdvanced';
      readonly data: { readonly code: string; readonly now: string };
    };
