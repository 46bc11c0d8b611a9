import type { FastifyReply } from 'fastify';

/** Tells the log position of what a command has done, to be sent back as `Odometer-Min-Position`, or that an answer reflects. */
export const tellPosition = (reply: FastifyReply, position: number): void => {
  void reply.header('odometer-position', String(position));
};
