import type { JsonObject } from '../kernel/json.js';

/** The price of one meter in a plan. `properties` has the shape that the charge model's own schema says. */
export interface Charge {
  readonly meterCode: string;
  /** A code from the charge model registry. */
  readonly model: string;
  readonly properties: JsonObject;
  readonly displayName?: string | undefined;
  /** Issue 3 fills these in; they are kept as sent so that older plan versions stay readable. */
  readonly groupBy?: readonly string[] | undefined;
}
