/** Names and chances that look random and are the same for the same seed. */
export type Identifiers = {
  /** A number from 0 up to, not including, 1. */
  chance(): number
  /** Such a number for this text: always the same, whatever the draws before. */
  chanceOf(text: string): number
  /** `i-` and 17 hexadecimal digits. */
  instanceId(): string
  /** `d-` and nine capitals and digits. */
  deploymentId(): string
  hex(length: number): string
  uuid(): string
}

const capitalsAndDigits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const hexadecimal = '0123456789abcdef'

/** Identifiers out of one seed (mulberry32, which is small, fast and good enough for names). */
export const createIdentifiers = (seed: number): Identifiers => {
  let state = seed >>> 0
  const chance = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const pick = (alphabet: string, length: number) => {
    let picked = ''
    while (picked.length < length) picked += alphabet.charAt(Math.floor(chance() * alphabet.length))
    return picked
  }
  const hex = (length: number) => pick(hexadecimal, length)
  return {
    chance,
    chanceOf: (text) => {
      // FNV-1a, and then mixed like the others: texts that differ in one letter must not give numbers that are close.
      const hash = [...text].reduce((mixed, letter) => Math.imul(mixed ^ letter.charCodeAt(0), 0x01000193), 0x811c9dc5)
      return createIdentifiers(hash ^ seed).chance()
    },
    hex,
    instanceId: () => `i-0${hex(16)}`,
    deploymentId: () => `d-${pick(capitalsAndDigits, 9)}`,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
  }
}
