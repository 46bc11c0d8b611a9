import { EntryRoom } from './entry-room.js';

describe('a room for entries', () => {
  it('is the same for all that are put there one after the other', () => {
    const room = new EntryRoom();
    const first = room.take(100_000);
    const second = room.take(90_000);
    expect(second.length).toBe(90_000);
    expect(second.buffer).toBe(first.buffer);
  });

  it('grows with what is needed, and begins at a whole word', () => {
    const room = new EntryRoom();
    for (const length of [8, 1_000_000, 2_000_008]) {
      const taken = room.take(length);
      expect(taken.length).toBe(length);
      expect(taken.byteOffset % 8).toBe(0);
    }
  });

  it('is given back when much less was needed since the last rest', () => {
    const room = new EntryRoom();
    const large = room.take(1_000_000).buffer;
    room.rest();
    expect(room.take(300_000).buffer).toBe(large);
    room.rest();
    room.take(200_000);
    room.rest();
    expect(room.take(200_000).buffer.byteLength).toBeLessThan(300_000);
  });
});
