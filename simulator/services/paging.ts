import type { ServiceError } from '../wire/serviceError.ts'

/**
 * One page of a list, with an opaque token for the next one, as AWS pages.
 *
 * @param token the previous page's; undefined for the first page
 * @param invalid makes the error for a token that no page gave
 * @returns the items of the page, and the token of the next one, if there is one
 */
export const pageOf = <Item>(
  items: readonly Item[],
  token: string | undefined,
  size: number,
  invalid: () => ServiceError,
): { items: readonly Item[]; next: string | undefined } => {
  const from = token === undefined ? 0 : Number(/^after-(\d+)$/.exec(token)?.[1] ?? Number.NaN)
  if (Number.isNaN(from)) throw invalid()
  const to = from + size
  return { items: items.slice(from, to), next: to < items.length ? `after-${to}` : undefined }
}
