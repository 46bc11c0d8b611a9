export {
  schemaOf,
  type Projection,
  type ProjectionContext,
  type ProjectionHandler,
  type SqlClient,
} from './projection.js';
