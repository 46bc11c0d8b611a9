/** SHA-256 (FIPS 180-4) of four messages at a time, a message in each lane of a vector. */

/** Bytes of a block. */
export const BLOCK: usize = 64;

/** First bytes of a hash that are kept. */
export const KEPT: usize = 16;

const CONSTANTS: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

/** The words of the blocks at hand, a vector for each of the 64 rounds. */
const WORDS: usize = memory.data(1024, 16);

/** The state of the four messages, a vector for each of its eight words. */
const STATE: usize = memory.data(128, 16);

export function begin(): void {
  set(0, 0x6a09e667);
  set(1, 0xbb67ae85);
  set(2, 0x3c6ef372);
  set(3, 0xa54ff53a);
  set(4, 0x510e527f);
  set(5, 0x9b05688c);
  set(6, 0x1f83d9ab);
  set(7, 0x5be0cd19);
}

function set(word: usize, value: u32): void {
  v128.store(STATE + (word << 4), i32x4.splat(value));
}

/** Takes in the next block of each message. */
export function takeIn(first: usize, second: usize, third: usize, fourth: usize): void {
  expand(first, second, third, fourth);
  rounds();
}

/** Makes the words of the 64 rounds. */
function expand(first: usize, second: usize, third: usize, fourth: usize): void {
  for (let at: usize = 0; at < BLOCK; at += 16) {
    transpose(WORDS + (at << 2), first + at, second + at, third + at, fourth + at);
  }
  for (let at: usize = WORDS + 256; at < WORDS + 1024; at += 16) {
    const near = v128.load(at - 32);
    const far = v128.load(at - 240);
    const nearSum = v128.xor(v128.xor(turned(near, 17), turned(near, 19)), i32x4.shr_u(near, 10));
    const farSum = v128.xor(v128.xor(turned(far, 7), turned(far, 18)), i32x4.shr_u(far, 3));
    const sum = i32x4.add(v128.load(at - 112), v128.load(at - 256));
    v128.store(at, i32x4.add(sum, i32x4.add(nearSum, farSum)));
  }
}

/** Four words of four messages, most significant byte first, as a vector for each word. */
function transpose(into: usize, first: usize, second: usize, third: usize, fourth: usize): void {
  const a = v128.load(first);
  const b = v128.load(second);
  const c = v128.load(third);
  const d = v128.load(fourth);
  const abLow = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
  const cdLow = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
  const abHigh = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
  const cdHigh = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
  v128.store(into, bigEndian(v128.shuffle<u64>(abLow, cdLow, 0, 2)));
  v128.store(into + 16, bigEndian(v128.shuffle<u64>(abLow, cdLow, 1, 3)));
  v128.store(into + 32, bigEndian(v128.shuffle<u64>(abHigh, cdHigh, 0, 2)));
  v128.store(into + 48, bigEndian(v128.shuffle<u64>(abHigh, cdHigh, 1, 3)));
}

function bigEndian(words: v128): v128 {
  return v128.shuffle<u8>(words, words, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

function turned(words: v128, bits: i32): v128 {
  return v128.or(i32x4.shr_u(words, bits), i32x4.shl(words, 32 - bits));
}

function rounds(): void {
  let a = v128.load(STATE);
  let b = v128.load(STATE + 16);
  let c = v128.load(STATE + 32);
  let d = v128.load(STATE + 48);
  let e = v128.load(STATE + 64);
  let f = v128.load(STATE + 80);
  let g = v128.load(STATE + 96);
  let h = v128.load(STATE + 112);
  for (let round: usize = 0; round < 64; round += 1) {
    const eSum = v128.xor(v128.xor(turned(e, 6), turned(e, 11)), turned(e, 25));
    const chosen = v128.xor(g, v128.and(e, v128.xor(f, g)));
    const word = i32x4.add(
      v128.load(WORDS + (round << 4)),
      v128.load_splat<u32>(CONSTANTS + (round << 2)),
    );
    const one = i32x4.add(i32x4.add(h, eSum), i32x4.add(chosen, word));
    const aSum = v128.xor(v128.xor(turned(a, 2), turned(a, 13)), turned(a, 22));
    const most = v128.or(v128.and(a, b), v128.and(c, v128.or(a, b)));
    h = g;
    g = f;
    f = e;
    e = i32x4.add(d, one);
    d = c;
    c = b;
    b = a;
    a = i32x4.add(one, i32x4.add(aSum, most));
  }
  add(0, a);
  add(16, b);
  add(32, c);
  add(48, d);
  add(64, e);
  add(80, f);
  add(96, g);
  add(112, h);
}

function add(at: usize, words: v128): void {
  v128.store(STATE + at, i32x4.add(v128.load(STATE + at), words));
}

/** Writes the KEPT first bytes of the hash of a lane's message, which has been taken in to its end. */
export function writeHash(lane: usize, to: usize): void {
  for (let word: usize = 0; word < KEPT; word += 4) {
    store<u32>(to + word, bswap<u32>(load<u32>(STATE + (word << 2) + (lane << 2))));
  }
}
