/**
 * The same items, beginning somewhere in the middle.
 *
 * @param startAt 0 up to, not including, 1
 */
export const rotated = <Item>(startAt: number, items: readonly Item[]): readonly Item[] => {
  const first = Math.floor(startAt * items.length)
  return [...items.slice(first), ...items.slice(0, first)]
}
