/** The embedded PostgreSQL cannot be had as things are; the message says why and what to do. */
export class PostgresNotStarted extends Error {
  override readonly name = 'PostgresNotStarted';
}
