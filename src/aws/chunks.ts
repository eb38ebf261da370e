/** Asks for many items in calls of at most so many, side by side; no items, no call. */
export const inChunksOf = <Item, Answer>(
  size: number,
  items: readonly Item[],
  ask: (chunk: readonly Item[]) => Promise<Answer>,
): Promise<Answer[]> =>
  Promise.all(
    Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
      ask(items.slice(index * size, (index + 1) * size)),
    ),
  )
