import type { Instant } from '@odometer/domain';

export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  filledAt: Instant;
}

/** Buckets that are kept; beyond that full ones are dropped, which changes nothing for their keys. */
export const BUCKETS_MAX = 20_000;

/** One bucket of tokens for each key, in the memory of this process: it fills with time, a request takes a token. */
export class TokenBuckets {
  private readonly buckets = new Map<string, Bucket>();

  constructor(private readonly limit: RateLimit) {}

  /** 0 when a token was there, else the milliseconds until one is. */
  take(key: string, now: Instant): number {
    const bucket = this.bucketOf(key, now);
    const { perSecond, burst } = this.limit;
    const earned = (Math.max(0, now - bucket.filledAt) / 1_000) * perSecond;
    bucket.tokens = Math.min(burst, bucket.tokens + earned);
    bucket.filledAt = now;
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) / perSecond) * 1_000);
    bucket.tokens -= 1;
    return 0;
  }

  private bucketOf(key: string, now: Instant): Bucket {
    const known = this.buckets.get(key);
    if (known) return known;
    if (this.buckets.size >= BUCKETS_MAX) this.dropFull(now);
    const bucket = { tokens: this.limit.burst, filledAt: now };
    this.buckets.set(key, bucket);
    return bucket;
  }

  private dropFull(now: Instant): void {
    const { perSecond, burst } = this.limit;
    for (const [key, { tokens, filledAt }] of this.buckets) {
      if (tokens + ((now - filledAt) / 1_000) * perSecond >= burst) this.buckets.delete(key);
    }
  }
}
