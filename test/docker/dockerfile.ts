/** One line of a Dockerfile: `COPY`, and what stands behind it. */
export interface Instruction {
  readonly keyword: string;
  readonly text: string;
}

export interface Stage {
  readonly image: string;
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

export interface Copy {
  /** The stage that the sources lie in; null: the build context. */
  readonly from: string | null;
  readonly sources: readonly string[];
  readonly target: string;
}

/** The stages of a Dockerfile that is written as ours is: stages have names, nothing is made from arguments. */
export function parseDockerfile(text: string): readonly Stage[] {
  const stages: (Stage & { readonly instructions: Instruction[] })[] = [];
  for (const instruction of instructionsOf(text)) {
    const [, image, name] = /^(\S+) AS (\S+)$/.exec(instruction.text) ?? [];
    if (instruction.keyword !== 'FROM') {
      const stage = stages.at(-1);
      if (stage === undefined) throw new Error(`${instruction.keyword} stands before FROM`);
      stage.instructions.push(instruction);
    } else if (image === undefined || name === undefined) {
      throw new Error(`FROM ${instruction.text}: the stage has no name`);
    } else {
      stages.push({ image, name, instructions: [] });
    }
  }
  return stages;
}

function instructionsOf(text: string): Instruction[] {
  const lines = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [, keyword, rest] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    if (keyword === undefined || rest === undefined) throw new Error(`not an instruction: ${line}`);
    return { keyword, text: rest };
  });
}

export function copyOf({ text }: Instruction): Copy {
  const words = text.split(/\s+/);
  const from = /^--from=(.+)$/.exec(words[0] ?? '')?.[1] ?? null;
  const paths = from === null ? words : words.slice(1);
  return { from, sources: paths.slice(0, -1), target: paths.at(-1) ?? '' };
}

/** The words of the last instruction of its kind: `CMD ["node", "main.js"]`. */
export function wordsOf({ instructions }: Stage, keyword: string): readonly string[] {
  const { text } = instructions.findLast((one) => one.keyword === keyword) ?? { text: '[]' };
  return JSON.parse(text.slice(text.indexOf('['))) as string[];
}

/** Whether the build sees a file: nothing, but what `.dockerignore` lets in by name. */
export function isInContext(ignore: string, path: string): boolean {
  const lines = ignore.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  if (lines[0] !== '*') throw new Error('.dockerignore has to begin with *');
  const top = path.split('/')[0];
  return lines.includes(`!${top}`);
}
