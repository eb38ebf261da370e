import type { Call } from '../../../simulator/simulate.ts'

/** How a green ended. */
type GreenEnd = { readonly attached: unknown; readonly held: unknown; readonly records: unknown }

/** Repeatable: when Greenlight hears the same once more, it changes nothing any more. */
export const repeated = (changes: readonly Call[]): readonly string[] =>
  changes.map(({ action, input }) => `told once more, Greenlight calls ${action} ${JSON.stringify(input)}`)

/**
 * Repeatable: whatever passes on the way, the end is the same.
 *
 * @param isForgotten whether the records have to be the same as well
 */
export const endsElsewhere = (
  end: { readonly status: string; readonly green: GreenEnd },
  other: { readonly status: string; readonly green: GreenEnd },
  isForgotten: boolean,
): readonly string[] => {
  const isSame =
    end.status === other.status &&
    same(end.green.attached, other.green.attached) &&
    same(end.green.held, other.green.held) &&
    (!isForgotten || same(end.green.records, other.green.records))
  return isSame ? [] : [`ends with ${JSON.stringify(end)} instead of ${JSON.stringify(other)}`]
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)
