// Compiles the hashing of identities and writes it down as a module. `--check` only says whether the module is what the sources give.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import asc from 'assemblyscript/asc';

const here = import.meta.dirname;
const target = path.join(here, '..', 'src', 'usage', 'identities', 'hash-wasm.ts');
const options = ['-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd'];

const { error, stderr, binary } = await compile();
if (error !== null) {
  process.stderr.write(stderr);
  throw error;
}
const text = `/** The hashing of identities, compiled from \`assembly\` by \`npm run hasher\`. */
export const HASH_WASM =
  '${Buffer.from(binary).toString('base64')}';
`;
if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text) {
  process.stderr.write('hash-wasm.ts is not what assembly/ gives: npm run hasher\n');
  process.exitCode = 1;
}

async function compile() {
  let binary = new Uint8Array();
  const { error, stderr } = await asc.main(
    ['index.ts', '--outFile', 'hash.wasm', '--baseDir', here, ...options],
    {
      writeFile: (name, contents) => (name === 'hash.wasm' ? void (binary = contents) : undefined),
    },
  );
  return { error, stderr: stderr.toString(), binary };
}
