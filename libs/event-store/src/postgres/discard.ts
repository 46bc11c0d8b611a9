import type pg from 'pg';

/** Frees what is left of a connection that is broken or no longer wanted. */
export function discard(client: pg.Client): void {
  client.end().catch(() => {
    // It was broken before; there is nothing more to free and nobody to tell.
  });
}
