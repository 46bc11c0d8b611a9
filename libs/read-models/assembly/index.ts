import { BLOCK, begin, KEPT, takeIn, writeHash } from './sha256';
import {
  entries,
  ENTRY,
  idEnds,
  ids,
  laneBytes,
  lanes,
  named,
  namedBy,
  subjectHashes,
} from './regions';
import { UUID, writeUuid } from './uuid';

export { entries, idEnds, ids, named, namedBy, reserve, subjectHashes } from './regions';

const LANES: i32 = 4;

/** Blocks of the message in each lane. */
const BLOCKS: usize = memory.data(16, 16);

/** Bytes of a UUID's message, which fits into a block with what SHA-256 has behind it. */
const UUID_MESSAGE: usize = KEPT + UUID;

/**
 * Writes the hashes of `count` entries. What is hashed is what is kept of the hash of the record's subject, and its id, which is the text of 16 bytes
 * where ids are UUIDs.
 */
export function identities(count: i32, uuids: bool): void {
  if (uuids) hashUuids(count);
  else hashTexts(count);
}

/** Writes the places of `count` entries from `first` on: the records of a segment at a position of the log whose upper 16 and lower 32 bits these are. */
export function places(first: i32, count: i32, high: u32, low: u32): void {
  for (let index = 0; index < count; index += 1) {
    const place = entryOf(first + index) + KEPT;
    store<u16>(place, bswap<u16>(<u16>high));
    store<u32>(place + 2, bswap<u32>(low));
    store<u16>(place + 6, bswap<u16>(<u16>index));
  }
}

function hashUuids(count: i32): void {
  // All messages end alike.
  for (let lane = 0; lane < LANES; lane += 1) finish(laneAt(lane), UUID_MESSAGE);
  for (let first = 0; first < count; first += LANES) {
    for (let lane = 0; lane < LANES; lane += 1) {
      const record = recordIn(lane, first, count);
      const id = putSubject(laneAt(lane), record);
      writeUuid(ids + ((<usize>record) << 4), id);
    }
    begin();
    takeInLanes(0);
    for (let lane = 0; lane < LANES; lane += 1) {
      writeHash(<usize>lane, entryOf(recordIn(lane, first, count)));
    }
  }
}

function hashTexts(count: i32): void {
  for (let first = 0; first < count; first += LANES) {
    let most: usize = 0;
    for (let lane = 0; lane < LANES; lane += 1) {
      const record = recordIn(lane, first, count);
      const at = laneAt(lane);
      const length = copyId(putSubject(at, record), record) - at;
      finish(at, length);
      const blocks = blocksOf(length);
      store<u32>(BLOCKS + ((<usize>lane) << 2), <u32>blocks);
      most = max(most, blocks);
    }
    begin();
    for (let block: usize = 0; block < most; block += 1) {
      takeInLanes(block);
      for (let lane = 0; lane < LANES; lane += 1) {
        // What a shorter message's lane goes on with is of no account.
        if (load<u32>(BLOCKS + ((<usize>lane) << 2)) !== <u32>block + 1) continue;
        writeHash(<usize>lane, entryOf(recordIn(lane, first, count)));
      }
    }
  }
}

/** Lanes beyond the last record do its work again. */
function recordIn(lane: i32, first: i32, count: i32): i32 {
  return min(first + lane, count - 1);
}

function laneAt(lane: i32): usize {
  return lanes + <usize>lane * laneBytes;
}

function entryOf(record: i32): usize {
  return entries + <usize>record * ENTRY;
}

function takeInLanes(block: usize): void {
  const at = lanes + block * BLOCK;
  takeIn(at, at + laneBytes, at + 2 * laneBytes, at + 3 * laneBytes);
}

/** Begins the message of a record. Answers where its id goes. */
function putSubject(to: usize, record: i32): usize {
  const subject = load<u32>(named + (load<u32>(namedBy + ((<usize>record) << 2)) << 2));
  v128.store(to, v128.load(subjectHashes + ((<usize>subject) << 4)));
  return to + KEPT;
}

/** Copies one of the ids that lie side by side. Answers where it ends. */
function copyId(to: usize, record: i32): usize {
  const from = record === 0 ? 0 : load<u32>(idEnds + ((<usize>record - 1) << 2));
  const length = load<u32>(idEnds + ((<usize>record) << 2)) - from;
  for (let at: usize = 0; at < length; at += 16) v128.store(to + at, v128.load(ids + from + at));
  return to + length;
}

/** Puts behind a message what SHA-256 has there. */
function finish(message: usize, length: usize): void {
  const lengthAt = message + blocksOf(length) * BLOCK - 8;
  store<u8>(message + length, 0x80);
  for (let at = message + length + 1; at < lengthAt; at += 1) store<u8>(at, 0);
  store<u64>(lengthAt, bswap<u64>((<u64>length) << 3));
}

/** With what SHA-256 has behind a message. */
function blocksOf(length: usize): usize {
  return (length + 9 + BLOCK - 1) / BLOCK;
}
