interface Waiting<Request, Answer> {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Answers of one gathering: as many as requests, each a value or what went wrong. */
export type Gathered<Answer> = readonly PromiseSettledResult<Answer>[];

/** Requests that are answered together at most; the others make the next gathering. */
export const GATHERED_MAX = 64;

/**
 * Puts questions that are asked in the same turn of the event loop together, as those about the charges of one plan are, so that they share a
 * snapshot and what is read in it. Each asker gets its own answer or error.
 */
export function gathering<Request, Answer>(
  answerAll: (requests: readonly Request[]) => Promise<Gathered<Answer>>,
): (request: Request) => Promise<Answer> {
  let waiting: Waiting<Request, Answer>[] = [];
  const answer = async (batch: readonly Waiting<Request, Answer>[]): Promise<void> => {
    try {
      const results = await answerAll(batch.map(({ request }) => request));
      batch.forEach(({ resolve, reject }, i) => {
        const result = results[i]!;
        if (result.status === 'fulfilled') resolve(result.value);
        else reject(result.reason);
      });
    } catch (error) {
      batch.forEach(({ reject }) => reject(error));
    }
  };
  const flush = (): void => {
    const batch = waiting;
    waiting = [];
    for (let at = 0; at < batch.length; at += GATHERED_MAX)
      void answer(batch.slice(at, at + GATHERED_MAX));
  };
  return (request) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ request, resolve, reject });
    });
}
