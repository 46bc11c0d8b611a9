import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type pg from 'pg';
import { createTestDatabase, type TestDatabase } from '@odometer/testing';
import { BloomFilter } from './bloom-filter.js';
import { countBelow, mergeEntries, sortEntries, WORD_BYTES, wordsOf } from './entry-order.js';
import { RUN_BYTES_FRESH_MAX, runTables, type RunFormat } from './run-format.js';
import { SortedRuns } from './sorted-runs.js';

const FORMAT: RunFormat = {
  name: 'probe',
  entryBytes: 32,
  keyBytes: 16,
  pageEntries: 5,
  filtered: true,
};

const entryOf = (n: number): Buffer => createHash('sha256').update(`${n}`).digest();
const entriesOf = (numbers: readonly number[]): Buffer =>
  sortEntries(Buffer.concat(numbers.map(entryOf)), FORMAT.entryBytes);

describe('the order of entries', () => {
  it('is that of their bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 8, maxLength: 8 }), { maxLength: 300 }),
        (entries) => {
          const buffers = entries.map((entry) => Buffer.from(entry.map((byte) => byte & 3)));
          const sorted = sortEntries(Buffer.concat(buffers), 8);
          expect(sorted).toEqual(Buffer.concat([...buffers].sort((a, b) => a.compare(b))));
        },
      ),
    );
  });

  it('is the same for many entries, of which many share their first words', () => {
    const random = fc.sample(fc.integer({ min: 0, max: 0xffff_ffff }), {
      numRuns: 3_000,
      seed: 1,
    });
    const buffers = random.map((number, i) => {
      const entry = Buffer.alloc(24);
      entry.writeUInt32BE(i % 3 === 0 ? number : 0x80_00_00_01 + (i % 2), 0);
      entry.writeUInt32BE(i % 5 === 0 ? 0xffff_ffff : number % 7, 12);
      entry.writeUInt32BE(number, 20);
      return entry;
    });
    const expected = Buffer.concat([...buffers].sort((a, b) => a.compare(b)));
    expect(sortEntries(Buffer.concat(buffers), 24).equals(expected)).toBe(true);
    // The same bytes where no word of this machine begins.
    const shifted = Buffer.concat([Buffer.of(0), ...buffers]).subarray(1);
    expect(sortEntries(shifted, 24).equals(expected)).toBe(true);
  });

  it('is kept when sorted parts are merged, however many and however long', () => {
    const part = fc.array(fc.uint8Array({ minLength: 16, maxLength: 16 }), { maxLength: 40 });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 9 }), (parts) => {
        const buffers = parts.map((entries) =>
          sortEntries(
            Buffer.concat(entries.map((entry) => Buffer.from(entry.map((byte) => byte & 1)))),
            16,
          ),
        );
        const expected = sortEntries(Buffer.concat(buffers), 16);
        expect(mergeEntries(buffers, 16).equals(expected)).toBe(true);
      }),
    );
  });

  it('tells how many entries lie below a bound', () => {
    const entries = Buffer.from([0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 9]);
    expect(countBelow(entries, 4, Buffer.from([0, 0, 0, 3]), false)).toBe(1);
    expect(countBelow(entries, 4, Buffer.from([0, 0, 0, 3]), true)).toBe(3);
    expect(countBelow(entries, 4, Buffer.from([9, 9, 9, 9]), false)).toBe(4);
  });
});

describe('a bloom filter', () => {
  const perEntry = FORMAT.entryBytes / WORD_BYTES;
  const wordsFrom = (from: number, to: number): Uint32Array =>
    wordsOf(Buffer.concat(Array.from({ length: to - from }, (_, i) => entryOf(from + i))));
  const filterOf = (words: Uint32Array, count: number): BloomFilter => {
    const filter = BloomFilter.forKeys(count);
    filter.addAll(words, perEntry);
    return filter;
  };

  it('knows every key it was given and few others', () => {
    const kept = BloomFilter.of(filterOf(wordsFrom(0, 1_000), 1_000).bits);
    expect(kept.bits.length).toBe(63 * 32);
    expect(kept.suspects(wordsFrom(0, 1_000), perEntry)).toEqual([...Array(1_000).keys()]);
    expect(kept.suspects(wordsFrom(1_000, 21_000), perEntry).length).toBeLessThan(40);
  });

  it('is the one that was stored by earlier versions, to the bit', () => {
    expect(filterOf(wordsFrom(1, 5), 4).bits.toString('hex')).toBe(
      '0000006040204200204102002041000440c04000040800010000828102040000',
    );
  });

  it('has one bit in each word of the block that a key falls into', () => {
    const salts = [2, 3, 5, 7, 11, 13, 17, 19].map((prime) => (Math.sqrt(prime) % 1) * 2 ** 32);
    const key = fc.uint8Array({ minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 90, size: 'max' }), (keys) => {
        const expected = Buffer.alloc(Math.ceil(keys.length / 16) * 32);
        for (const bytes of keys.map((some) => Buffer.from(some))) {
          const blocks = BigInt(expected.length / 32);
          const block = Number((BigInt(bytes.readUInt32BE(0)) * blocks) >> 32n);
          for (const [word, salt] of salts.entries()) {
            const product = BigInt(bytes.readUInt32LE(4)) * (BigInt(Math.trunc(salt)) | 1n);
            const bit = Number(BigInt.asUintN(32, product) >> 27n);
            expected[block * 32 + word * 4 + Math.trunc(bit / 8)]! |= 1 << (bit % 8);
          }
        }
        const filter = BloomFilter.forKeys(keys.length);
        for (const part of [keys.slice(0, 7), keys.slice(7)])
          filter.addAll(wordsOf(Buffer.concat(part)), 2);
        expect(filter.bits.toString('hex')).toBe(expected.toString('hex'));
        const all = wordsOf(Buffer.concat(keys));
        expect(filter.suspects(all, 2)).toEqual([...keys.keys()]);
      }),
    );
  });

  it('is the same of bytes that do not begin at a whole word', () => {
    const { bits } = filterOf(wordsFrom(0, 500), 500);
    const shifted = BloomFilter.of(Buffer.concat([Buffer.of(0), bits]).subarray(1));
    expect(shifted.suspects(wordsFrom(0, 500), perEntry)).toEqual([...Array(500).keys()]);
    shifted.addAll(wordsFrom(500, 600), perEntry);
    const grown = BloomFilter.of(bits);
    grown.addAll(wordsFrom(500, 600), perEntry);
    expect(shifted.bits.equals(grown.bits)).toBe(true);
  });

  it.each([0, 1])('of %i keys knows what it was given and nothing else', (count) => {
    const filter = filterOf(wordsFrom(0, count), count);
    expect(filter.bits.length).toBe(32);
    expect(filter.suspects(wordsFrom(0, 100), perEntry)).toEqual([...Array(count).keys()]);
    expect(filter.suspects(new Uint32Array(), perEntry)).toEqual([]);
  });

  it.each([0, 31, 40])('is not made of %i bytes, which are no whole blocks', (bytes) => {
    expect(() => BloomFilter.of(Buffer.alloc(bytes))).toThrow(
      `a filter of ${bytes} bytes; expected blocks of 32 bytes`,
    );
  });
});

describe('sorted runs', () => {
  let database: TestDatabase;
  let sql: pg.PoolClient;

  beforeAll(async () => {
    database = await createTestDatabase();
    sql = await database.pool.connect();
    await sql.query(`CREATE SCHEMA s; ${runTables('s', FORMAT)}`);
  });

  afterAll(async () => {
    sql.release();
    await database.drop();
  });

  /** As one run of its own. */
  const insert = async (runs: SortedRuns, entries: Buffer): Promise<void> => {
    await runs.insert(sql, [entries]);
    await runs.flush(sql);
  };

  it('find what was inserted and nothing else, across merges and a reload', async () => {
    const place = { schema: 's', shard: 1 };
    let runs = await SortedRuns.load(sql, FORMAT, place);
    for (let batch = 0; batch < 70; batch += 1) {
      const numbers = Array.from({ length: 1 + ((batch * 7) % 23) }, (_, i) => batch * 100 + i);
      await insert(runs, entriesOf(numbers));
      if (batch % 20 === 19) runs = await SortedRuns.load(sql, FORMAT, place);
    }
    // 70 runs in merges of 8 leave few.
    expect(runs.runCount).toBeLessThan(15);
    const present = entriesOf([0, 700, 703, 6_900]);
    expect((await runs.find(sql, present)).size).toBe(4);
    const absent = entriesOf([99, 704, 7_000, 8_000]);
    expect((await runs.find(sql, absent)).size).toBe(0);
    for (const [i, entry] of await runs.find(sql, present)) {
      expect(entry).toEqual(present.subarray(i * 32, i * 32 + 32));
    }
  });

  it('find what is not written yet, and write all of it as one run', async () => {
    const runs = await SortedRuns.load(sql, FORMAT, { schema: 's', shard: 5 });
    await insert(runs, entriesOf([0, 1]));
    for (let batch = 1; batch < 40; batch += 1) {
      const numbers = Array.from({ length: 1 + ((batch * 7) % 23) }, (_, i) => batch * 100 + i);
      await runs.insert(sql, [entriesOf(numbers)]);
      const present = entriesOf([0, 1, 100, ...numbers]);
      const found = await runs.find(sql, present);
      for (const [i, entry] of found) expect(entry).toEqual(present.subarray(i * 32, i * 32 + 32));
      expect(found.size).toBe(present.length / 32);
      expect((await runs.find(sql, entriesOf([2, batch * 100 + 99]))).size).toBe(0);
    }
    expect(runs.runCount).toBe(1);
    await runs.flush(sql);
    await runs.flush(sql);
    expect(runs.runCount).toBe(2);
    const { rows } = await sql.query<{ entries: Buffer }>(
      `SELECT p.entries FROM s.probe_page p JOIN s.probe_run r ON r.id = run WHERE shard = 5 ORDER BY run, first_key`,
    );
    const written = Buffer.concat(rows.map((row) => row.entries)).subarray(64);
    expect(sortEntries(written, 32).equals(written)).toBe(true);
  });

  it('write by themselves what gets too much', async () => {
    const runs = await SortedRuns.load(sql, FORMAT, { schema: 's', shard: 6 });
    const half = Buffer.alloc(RUN_BYTES_FRESH_MAX / 2);
    for (let at = 0; at < half.length; at += 32) half.writeUInt32BE(at, at);
    await runs.insert(sql, [half]);
    await runs.insert(sql, [half]);
    expect(runs.runCount).toBe(0);
    await runs.insert(sql, [half.subarray(0, 32)]);
    expect(runs.runCount).toBe(1);
    await sql.query('DELETE FROM s.probe_run WHERE shard = 6');
  });

  it('keep shards apart', async () => {
    const other = await SortedRuns.load(sql, FORMAT, { schema: 's', shard: 2 });
    expect((await other.find(sql, entriesOf([0, 700]))).size).toBe(0);
  });

  it('merge runs that are longer than one reading, some of them still at hand', async () => {
    let runs = await SortedRuns.load(sql, FORMAT, { schema: 's', shard: 4 });
    for (let batch = 0; batch < 9; batch += 1) {
      if (batch === 4) runs = await SortedRuns.load(sql, FORMAT, { schema: 's', shard: 4 });
      await insert(runs, entriesOf(Array.from({ length: 2_000 }, (_, i) => i * 9 + batch)));
    }
    expect(runs.runCount).toBe(2);
    const { rows } = await sql.query<{ entries: Buffer }>(
      `SELECT p.entries FROM s.probe_page p JOIN s.probe_run r ON r.id = run
        WHERE shard = 4 AND level = 1 ORDER BY first_key`,
    );
    const expected = Array.from({ length: 2_000 }, (_, i) =>
      Array.from({ length: 8 }, (_, batch) => i * 9 + batch),
    );
    expect(Buffer.concat(rows.map((row) => row.entries)).equals(entriesOf(expected.flat()))).toBe(
      true,
    );
  });

  it('lose no entry when a merge is cut short and started anew', async () => {
    const place = { schema: 's', shard: 3 };
    const runs = await SortedRuns.load(sql, FORMAT, place);
    await sql.query('BEGIN');
    for (let batch = 0; batch < 7; batch += 1)
      await insert(runs, entriesOf([batch * 2, batch * 2 + 1]));
    await sql.query('COMMIT');
    await sql.query(
      `INSERT INTO s.probe_run (shard, level, live, entries) VALUES (3, 1, false, 14)`,
    );
    const again = await SortedRuns.load(sql, FORMAT, place);
    await insert(again, entriesOf([14, 15]));
    const all = entriesOf(Array.from({ length: 16 }, (_, i) => i));
    expect((await again.find(sql, all)).size).toBe(16);
    const { rows } = await sql.query<{ entries: string }>(
      'SELECT sum(entries) AS entries FROM s.probe_run WHERE shard = 3',
    );
    expect(rows[0]!.entries).toBe('16');
  });
});
