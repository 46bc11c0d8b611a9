import { SetMetadata } from '@nestjs/common';
import type { Scope } from '@odometer/domain';

export const SCOPE = 'odometer:scope';

/** The scope that a route asks for. A key with `admin` may do everything. */
export const RequireScope = (scope: Scope): ClassDecorator & MethodDecorator =>
  SetMetadata(SCOPE, scope);

/** A route for everybody, without a key. */
export const Public = (): ClassDecorator & MethodDecorator => SetMetadata(SCOPE, 'public');
