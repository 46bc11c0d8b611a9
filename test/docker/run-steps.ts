import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  copyOf,
  isInContext,
  parseDockerfile,
  wordsOf,
  type Instruction,
  type Stage,
} from './dockerfile.js';

const run = promisify(execFile);
const START_MS = 120_000;
const STOP_MS = 30_000;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** A stage while it is made: its file system is a folder. */
interface Making {
  readonly root: string;
  workdir: string;
  readonly environment: Record<string, string>;
}

/**
 * `npm run docker:steps`: does what `docker build` and `docker run` would, in temporary folders and as whoever runs it. The images themselves,
 * users and mounts are not part of it; the Node of this machine stands in for that of the image.
 */
class Steps {
  private readonly made = new Map<string, Making>();

  constructor(
    private readonly directory: string,
    private readonly ignore: string,
  ) {}

  async make(stage: Stage): Promise<Making> {
    const making = { root: path.join(this.directory, stage.name), workdir: '/', environment: {} };
    await mkdir(path.join(making.root, 'home/node'), { recursive: true });
    for (const instruction of stage.instructions) await this.step(making, instruction, stage.name);
    this.made.set(stage.name, making);
    return making;
  }

  private async step(making: Making, instruction: Instruction, stage: string): Promise<void> {
    const { keyword, text } = instruction;
    console.log(`${stage}: ${keyword} ${text}`);
    if (keyword === 'WORKDIR') {
      making.workdir = text;
      await mkdir(inside(making, text), { recursive: true });
    } else if (keyword === 'ENV') {
      const [, name = '', value = ''] = /^([A-Z_]+)=(.*)$/.exec(text) ?? [];
      making.environment[name] = value.startsWith('/') ? inside(making, value) : value;
    } else if (keyword === 'COPY') {
      await this.copy(making, instruction);
    } else if (keyword === 'RUN') {
      const command = text.replaceAll(/(?<=\s)\/(?=home|odometer)/g, `${making.root}/`);
      const cwd = inside(making, '.');
      const env = { ...process.env, ...making.environment };
      await run('/bin/sh', ['-ec', command], { cwd, env, maxBuffer: OUTPUT_BYTES_MAX });
    }
  }

  private async copy(making: Making, instruction: Instruction): Promise<void> {
    const { from, sources, target } = copyOf(instruction);
    const source = from === null ? null : this.made.get(from);
    if (source === undefined) throw new Error(`there is no stage ${from} before this one`);
    for (const one of sources) {
      if (source === null && !isInContext(this.ignore, one)) {
        throw new Error(`.dockerignore keeps ${one} from the build`);
      }
      const file = source === null ? one : inside(source, one);
      const into = inside(making, target);
      const directory = (await stat(file)).isDirectory();
      const options = { recursive: true, verbatimSymlinks: true };
      await cp(file, directory ? into : path.join(into, path.basename(one)), options);
    }
  }
}

/** A path of the stage on this machine. */
const inside = ({ root, workdir }: Making, file: string): string =>
  path.join(root, path.resolve(workdir, file));

/** Starts the command, waits until the image's check finds it healthy, and stops it as `docker stop` does. */
async function serve(stage: Stage, making: Making): Promise<void> {
  const port = String(await freePort());
  const env = { ...process.env, ...making.environment, PORT: port, HOST: '127.0.0.1' };
  const cwd = inside(making, '.');
  const [command = '', ...args] = wordsOf(stage, 'CMD');
  console.log(`${command} ${args.join(' ')}`);
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'exit');
  try {
    await untilHealthy(stage, { cwd, env }, () => child.exitCode !== null);
  } finally {
    child.kill('SIGTERM');
    await Promise.race([ended, sleep(STOP_MS, null, { ref: false })]);
    if (child.exitCode === null) child.kill('SIGKILL');
  }
  if (child.exitCode !== 0) throw new Error(`it ended with ${child.exitCode} after SIGTERM`);
}

async function untilHealthy(
  stage: Stage,
  where: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  isOver: () => boolean,
): Promise<void> {
  const [command = '', ...args] = wordsOf(stage, 'HEALTHCHECK');
  for (const end = Date.now() + START_MS; Date.now() < end; await sleep(500)) {
    if (isOver()) throw new Error('the server ended by itself');
    try {
      await run(command, args, where);
      console.log('it is healthy');
      return;
    } catch {
      // Not yet.
    }
  }
  throw new Error('the server did not become healthy');
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

const directory = await mkdtemp(path.join(tmpdir(), 'odometer-image-'));
try {
  const steps = new Steps(directory, await readFile('.dockerignore', 'utf8'));
  const stages = parseDockerfile(await readFile('docker/Dockerfile', 'utf8'));
  for (const stage of stages) {
    const making = await steps.make(stage);
    if (stage === stages.at(-1)) await serve(stage, making);
  }
  console.log('every step of the image works');
} finally {
  await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
