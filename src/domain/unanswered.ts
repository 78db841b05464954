/** Nothing came back: what was asked for may have been done, or not. Who asked has to find out; it is not asked again. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}
