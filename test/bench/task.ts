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
  /** Does the work, and ends. */
  run(): Promise<Output>;
  /** Does the work, and may be told to again: what follows runs in a process that is warm. */
  runOn(): Promise<Output>;
  end(): Promise<void>;
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
  const runOn = async (): Promise<Output> => {
    child.send({ go: true });
    const report = refuseFailure(module, await next());
    if (report.kind !== 'done') throw new Error(`${module}: no result`);
    return report.output;
  };
  const end = async (): Promise<void> => {
    if (child.connected) child.send({ end: true });
    if (child.exitCode === null) await once(child, 'exit');
  };
  const run = async (): Promise<Output> => {
    const output = await runOn();
    await end();
    return output;
  };
  return { pid: child.pid!, run, runOn, end };
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

/** What a task does each time that it is told to, and at its end. */
export interface Prepared<Output> {
  readonly work: () => Promise<Output>;
  readonly end: () => Promise<void>;
}

type Order = { readonly go: true } | { readonly end: true };

/** The other side: prepares for the input, and works when told to. What is prepared as a function alone has nothing to end. */
export function serveTask<Input, Output>(
  prepare: (input: Input) => Promise<Prepared<Output> | (() => Promise<Output>)>,
): void {
  const report = (message: Report<Output>): Promise<void> =>
    new Promise((resolve) => process.send?.(message, () => resolve()));
  const fail = async (error: unknown): Promise<void> => {
    await report({
      kind: 'failed',
      error: error instanceof Error ? String(error.stack) : String(error),
    });
    process.disconnect();
  };
  const serve = async (input: Input): Promise<void> => {
    const prepared = await prepare(input);
    const { work, end } =
      typeof prepared === 'function' ? { work: prepared, end: () => Promise.resolve() } : prepared;
    process.on('message', (order: Order) => {
      const done =
        'go' in order
          ? work().then((output) => report({ kind: 'done', output }))
          : end().then(() => process.disconnect());
      done.catch(fail);
    });
    await report({ kind: 'ready' });
  };
  // Whoever gave the work is gone, or has all of it: what still runs here would only disturb others.
  process.once('disconnect', () => process.exit());
  process.once('message', (message: { input: Input }) => {
    serve(message.input).catch(fail);
  });
}
