import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from '../http/auth/caller.js';
import { commandIdOf } from '../http/idempotency/command-id.js';
import { tellPosition } from '../http/position-header.js';
import type { CommandOrigin } from './aggregates.js';

/** A command as a route's method sees it. */
export interface CommandAtHand {
  readonly origin: CommandOrigin;
  /** Tells the caller the log position of what the command has done. */
  readonly done: (position: number) => void;
}

/** Gives a route's method who commands and which command it is, and lets it tell the position. */
export const Commanding = createParamDecorator(
  (_: unknown, context: ExecutionContext): CommandAtHand => {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    return {
      origin: { caller: callerOf(request), commandId: commandIdOf(request) },
      done: (position) => tellPosition(reply, position),
    };
  },
);
