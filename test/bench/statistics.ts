/** The middle of what was measured, and between what the middle half of it is. */
export type Spread = { readonly median: number; readonly from: number; readonly to: number }

export const spreadOf = (values: readonly number[]): Spread => {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN
  return { median: at(0.5), from: at(0.25), to: at(0.75) }
}
