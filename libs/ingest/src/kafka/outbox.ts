import type { Message } from 'kafkajs';
import { SEND_BYTES_MAX, SEND_MESSAGES_MAX } from './limits.js';

/** A message and the bytes that it takes. */
export interface Outgoing {
  readonly message: Message;
  readonly bytes: number;
}

interface Parcel {
  readonly outgoing: readonly Outgoing[];
  next: number;
  readonly sent: () => void;
  readonly failed: (error: unknown) => void;
  broken: boolean;
}

/**
 * Gathers messages for one topic: while a request is on its way, arrivals wait, and the next request takes as many as it may carry, in their
 * order. An idempotent producer sends one request at a time anyway.
 */
export class Outbox {
  private readonly waiting: Parcel[] = [];
  private running = false;

  constructor(private readonly send: (messages: Message[]) => Promise<void>) {}

  /** Resolves when all of them are confirmed; rejects with the first failure, when the rest of it is not sent any more. */
  add(outgoing: readonly Outgoing[]): Promise<void> {
    if (outgoing.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.waiting.push({ outgoing, next: 0, sent: resolve, failed: reject, broken: false });
      if (!this.running) void this.drain();
    });
  }

  private async drain(): Promise<void> {
    this.running = true;
    // Whoever is ready in this turn of the event loop travels along.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) await this.sendNext();
    this.running = false;
  }

  private async sendNext(): Promise<void> {
    const { messages, touched } = this.nextRequest();
    try {
      await this.send(messages);
      for (const parcel of touched) {
        if (parcel.next === parcel.outgoing.length) parcel.sent();
      }
    } catch (error) {
      for (const parcel of touched) {
        parcel.broken = true;
        parcel.failed(error);
      }
    }
    while (this.waiting[0] && isDone(this.waiting[0])) this.waiting.shift();
  }

  /** The first message always fits. */
  private nextRequest(): { messages: Message[]; touched: Parcel[] } {
    const messages: Message[] = [];
    const touched: Parcel[] = [];
    let bytes = 0;
    for (const parcel of this.waiting) {
      const first = parcel.next;
      for (const one of parcel.outgoing.slice(first)) {
        bytes += one.bytes;
        const full = messages.length >= SEND_MESSAGES_MAX || bytes > SEND_BYTES_MAX;
        if (messages.length > 0 && full) return { messages, touched };
        if (parcel.next === first) touched.push(parcel);
        messages.push(one.message);
        parcel.next += 1;
      }
    }
    return { messages, touched };
  }
}

const isDone = (parcel: Parcel): boolean => parcel.broken || parcel.next === parcel.outgoing.length;
