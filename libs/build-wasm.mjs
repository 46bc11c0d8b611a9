// Compiles what libraries have in AssemblyScript, and writes each down as a module that holds the bytes: nothing has to be compiled or found in order to run.
// With --check it only says whether the modules are what the sources give.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import asc from 'assemblyscript/asc';

const MODULES = [
  { from: 'ingest/assembly', to: 'ingest/src/scan/scan-wasm.ts', name: 'SCAN_WASM' },
  {
    from: 'read-models/assembly',
    to: 'read-models/src/usage/identities/hash-wasm.ts',
    name: 'HASH_WASM',
  },
  {
    from: 'read-models/assembly/runs',
    to: 'read-models/src/usage/sorted-runs/sort-wasm.ts',
    name: 'SORT_WASM',
  },
];

const OPTIONS = ['-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd'];

const checking = process.argv.includes('--check');
for (const { from, to, name } of MODULES) {
  const target = path.join(import.meta.dirname, to);
  const text = moduleOf(name, from, await compile(path.join(import.meta.dirname, from)));
  if (!checking) writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) {
    process.stderr.write(`libs/${to} is not what libs/${from} gives: npm run wasm\n`);
    process.exitCode = 1;
  }
}

/** The bytes of `index.ts` in a folder. */
async function compile(folder) {
  let binary;
  const { error, stderr } = await asc.main(
    ['index.ts', '--outFile', 'out.wasm', '--baseDir', folder, ...OPTIONS],
    { writeFile: (_, contents) => void (binary = contents) },
  );
  if (error === null) return binary;
  process.stderr.write(stderr.toString());
  throw error;
}

function moduleOf(name, from, binary) {
  return `/** Compiled from \`libs/${from}\` by \`npm run wasm\`. */
export const ${name} =
  '${Buffer.from(binary).toString('base64')}';
`;
}
