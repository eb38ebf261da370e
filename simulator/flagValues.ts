import { type Command, InvalidArgumentError } from 'commander'

/**
 * Reads the value of a flag as a number, for commander, which names the flag and the value where it is refused.
 *
 * @param fits whether a number can be meant
 * @param expected what can be meant, in words
 * @returns a parser that throws InvalidArgumentError for what is no number or does not fit
 */
export const numberOf = (fits: (value: number) => boolean, expected: string) => (text: string) => {
  const value = Number(text)
  if (text.trim() === '' || !fits(value)) throw new InvalidArgumentError(`Give ${expected}.`)
  return value
}

/** A seed of random numbers. */
export const seedOf = numberOf((value) => Number.isSafeInteger(value) && value >= 0, 'a whole number, 0 or more')

/** The action of a command that takes flags only: names the argument that it refuses, as commander itself does not. */
export const refuseArguments = (_: unknown, command: Command) => {
  const [argument] = command.args
  if (argument !== undefined) command.error(`error: there are flags only, and '${argument}' is none`)
}
