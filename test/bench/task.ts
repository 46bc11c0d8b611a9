import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

type Report<Output> =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly output: Output }
  | { readonly kind: 'failed'; readonly error: string };

/** Work in a process of its own, whose preparation lies behind it. */
export interface Task<Output> {
  readonly pid: number;
  /** Does the work, once. */
  run(): Promise<Output>;
}

/** Starts the module as a process and waits until it has prepared what `input` asks for. */
export async function startTask<Input, Output>(
  module: string,
  input: Input,
): Promise<Task<Output>> {
  const file = fileURLToPath(new URL(module, import.meta.url));
  const child = fork(file, [], { serialization: 'advanced', stdio: 'inherit' });
  const reports: Report<Output>[] = [];
  let wake = (): void => undefined;
  child.on('message', (report: Report<Output>) => {
    reports.push(report);
    wake();
  });
  // Unlike its exit, the end of the channel comes after all that the process has sent.
  child.once('disconnect', () => {
    reports.push({ kind: 'failed', error: 'the process ended without a result' });
    wake();
  });
  const next = async (): Promise<Report<Output>> => {
    while (reports.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return reports.shift()!;
  };
  child.send({ input });
  refuseFailure(module, await next());
  return {
    pid: child.pid!,
    run: async () => {
      child.send({ go: true });
      const report = refuseFailure(module, await next());
      if (report.kind !== 'done') throw new Error(`${module}: no result`);
      if (child.exitCode === null) await once(child, 'exit');
      return report.output;
    },
  };
}

function refuseFailure<Output>(module: string, report: Report<Output>): Report<Output> {
  if (report.kind === 'failed') throw new Error(`${module}: ${report.error}`);
  return report;
}

/** Starts the task and runs it. */
export async function runTask<Input, Output>(module: string, input: Input): Promise<Output> {
  const task = await startTask<Input, Output>(module, input);
  return task.run();
}

/** The other side: prepares for the input, and works when told to. */
export function serveTask<Input, Output>(
  prepare: (input: Input) => Promise<() => Promise<Output>>,
): void {
  const report = (message: Report<Output>): Promise<void> =>
    new Promise((resolve) => process.send?.(message, () => resolve()));
  const fail = (error: unknown): Promise<void> =>
    report({ kind: 'failed', error: error instanceof Error ? String(error.stack) : String(error) });
  process.once('message', (message: { input: Input }) => {
    prepare(message.input).then(
      (work) => {
        process.once('message', () => {
          work()
            .then((output) => report({ kind: 'done', output }), fail)
            .finally(() => process.disconnect());
        });
        return report({ kind: 'ready' });
      },
      (error: unknown) => fail(error).finally(() => process.disconnect()),
    );
  });
}
