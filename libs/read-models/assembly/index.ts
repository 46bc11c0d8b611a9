import { BLOCK, begin, endsApart, KEPT, takeIn, takeInEnding, writeHash } from './sha256';
import {
  entries,
  ENTRY,
  idEnds,
  ids,
  laneBytes,
  lanes,
  prefixEnds,
  prefixes,
  prefixOf,
  prefixStarts,
} from './regions';
import { UUID, writeUuid } from './uuid';

export {
  entries,
  idEnds,
  ids,
  prefixEnds,
  prefixes,
  prefixOf,
  prefixStarts,
  reserve,
} from './regions';

const LANES: i32 = 4;

/** Bytes of the message in each lane, and blocks. */
const LENGTHS: usize = memory.data(16, 16);
const BLOCKS: usize = memory.data(16, 16);

/**
 * Writes the entries of `count` records, which lie at a position of the log whose upper 16 and lower 32 bits these are. What is hashed is the
 * prefix of the record and its id, which is the text of 16 bytes where ids are UUIDs.
 */
export function identities(count: i32, uuids: bool, high: u32, low: u32): void {
  for (let first = 0; first < count; first += LANES) {
    let most: usize = 0;
    for (let lane = 0; lane < LANES; lane += 1) {
      // Lanes beyond the last record do its work again.
      const record = min(first + lane, count - 1);
      const length = prepare(lanes + <usize>lane * laneBytes, record, uuids);
      const blocks = blocksOf(length);
      store<u32>(LENGTHS + ((<usize>lane) << 2), <u32>length);
      store<u32>(BLOCKS + ((<usize>lane) << 2), <u32>blocks);
      most = max(most, blocks);
    }
    hashLanes(first, count, most);
  }
  for (let record = 0; record < count; record += 1) {
    const place = entries + <usize>record * ENTRY + KEPT;
    store<u16>(place, bswap<u16>(<u16>high));
    store<u32>(place + 2, bswap<u32>(low));
    store<u16>(place + 6, bswap<u16>(<u16>record));
  }
}

function hashLanes(first: i32, count: i32, blocks: usize): void {
  const length = load<i32>(LENGTHS);
  const endApart = endsApart(length) && areAlike(length);
  begin();
  for (let block: usize = 0; block < blocks; block += 1) {
    const at = lanes + block * BLOCK;
    if (endApart && block === blocks - 1) takeInEnding(length, at);
    else takeIn(at, at + laneBytes, at + 2 * laneBytes, at + 3 * laneBytes);
    for (let lane = 0; lane < LANES; lane += 1) {
      // What a shorter message's lane goes on with is of no account.
      if (load<u32>(BLOCKS + ((<usize>lane) << 2)) !== <u32>block + 1) continue;
      writeHash(<usize>lane, entries + <usize>min(first + lane, count - 1) * ENTRY);
    }
  }
}

/** Whether the messages of all lanes have this length. */
function areAlike(length: i32): bool {
  return i32x4.all_true(i32x4.eq(v128.load(LENGTHS), i32x4.splat(length)));
}

/** With what SHA-256 has behind a message. */
function blocksOf(length: usize): usize {
  return (length + 9 + BLOCK - 1) / BLOCK;
}

/** Puts the message of a record together, with what SHA-256 has behind it. Answers how many bytes it has. */
function prepare(lane: usize, record: i32, uuids: bool): usize {
  const prefix = (<usize>load<i32>(prefixOf + ((<usize>record) << 2))) << 2;
  const from = load<u32>(prefixStarts + prefix);
  let end = copy(lane, prefixes + from, load<u32>(prefixEnds + prefix) - from);
  if (uuids) {
    writeUuid(ids + ((<usize>record) << 4), end);
    end += UUID;
  } else {
    end = copyId(end, record);
  }
  const length = end - lane;
  const lengthAt = lane + blocksOf(length) * BLOCK - 8;
  store<u8>(end, 0x80);
  for (let at = end + 1; at < lengthAt; at += 1) store<u8>(at, 0);
  store<u64>(lengthAt, bswap<u64>((<u64>length) << 3));
  return length;
}

/** Copies one of the ids that lie side by side. Answers where the next byte goes. */
function copyId(to: usize, record: i32): usize {
  const from = record === 0 ? 0 : load<u32>(idEnds + ((<usize>record - 1) << 2));
  return copy(to, ids + from, load<u32>(idEnds + ((<usize>record) << 2)) - from);
}

function copy(to: usize, from: usize, length: usize): usize {
  for (let at: usize = 0; at < length; at += 16) v128.store(to + at, v128.load(from + at));
  return to + length;
}
