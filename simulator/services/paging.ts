import type { ServiceError } from '../wire/serviceError.ts'

/**
 * One page of a list, as AWS pages: with a token that means something to nobody else.
 *
 * @param token of the page before; undefined for the first
 * @param invalid what is thrown for a token that was never given
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
