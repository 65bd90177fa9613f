/** Something that the person at the terminal can put right: it is told in one line, with the remedy. */
export class Mistake extends Error {
  override readonly name = 'Mistake';
}
