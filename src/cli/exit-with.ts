/** Ends a command with an exit code of its own; without a message, all has been said. */
export class ExitWith extends Error {
  constructor(
    readonly code: number,
    message = '',
  ) {
    super(message);
    this.name = 'ExitWith';
  }
}
