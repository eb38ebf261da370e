export type Page<Item> = { readonly items: readonly Item[] | undefined; readonly next: string | undefined }

/** One page after the other, as long as there is a next one. */
export async function* pagesOf<Item>(
  request: (token: string | undefined) => Promise<Page<Item>>,
): AsyncGenerator<readonly Item[], void> {
  let token: string | undefined
  do {
    const { items = [], next } = await request(token)
    yield items
    // Some services say with an empty token that there is no more.
    token = next === '' ? undefined : next
  } while (token !== undefined)
}

/** The items of all pages. */
export const allOf = async <Item>(
  request: (token: string | undefined) => Promise<Page<Item>>,
): Promise<readonly Item[]> => {
  const items: Item[] = []
  for await (const page of pagesOf(request)) items.push(...page)
  return items
}
