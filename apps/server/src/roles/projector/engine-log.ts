import type { ProjectionEngineOptions } from '@odometer/projections';
import type { Logger } from 'pino';

/** Says in the log what happens to an engine. */
export const engineLog = (
  log: Logger,
): Pick<ProjectionEngineOptions, 'onFault' | 'onRetry' | 'onSwapped'> => ({
  onFault: (fault) =>
    log.error(
      { err: fault.error, projection: fault.name, shard: fault.shard, position: fault.position },
      'a read model has stopped at an event',
    ),
  onRetry: ({ what, error, attempt }) =>
    log.warn({ err: error, what, attempt }, 'projecting is tried again'),
  onSwapped: ({ name, generation }) => log.info({ name, generation }, 'a read model was swapped'),
});
