export class InvalidConfig extends Error {
  override readonly name = 'InvalidConfig';
}
