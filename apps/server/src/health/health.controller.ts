import { Controller, Get, Header, Inject, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { Public } from '../http/auth/scopes.js';
import { PLATFORM, type Platform } from '../roles/platform.js';
import { metricsText } from './metrics.js';

@ApiExcludeController()
@Controller()
@Public()
export class HealthController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /** The process lives, and how far its read models are behind the log. */
  @Get('health')
  async health(): Promise<object> {
    const { head, lag, faulted } = await this.platform.engine.status();
    return { status: faulted ? 'degraded' : 'ok', position: head, lag };
  }

  /** 200 when it can serve; 503 without a database or with a read model that has stopped. */
  @Get('health/ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    try {
      return await this.checks.check([() => this.database(), () => this.projections()]);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      void reply.code(503);
      return error.getResponse();
    }
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  metrics(): Promise<string> {
    return metricsText(this.platform);
  }

  private async database() {
    const indicator = this.indicators.check('database');
    try {
      await this.platform.pool.query('SELECT 1');
      return indicator.up();
    } catch (error) {
      this.platform.log.warn({ err: error }, 'the database does not answer');
      return indicator.down('does not answer');
    }
  }

  private async projections() {
    const indicator = this.indicators.check('projections');
    const { head, lag, faulted, projections } = await this.platform.engine.status();
    const lags = Object.fromEntries(projections.map((one) => [one.name, one.lag]));
    const details = { position: head, lag, projections: lags };
    return faulted ? indicator.down(details) : indicator.up(details);
  }
}
