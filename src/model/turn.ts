/** Why the script of an instance does not gate now. */
export type Turn =
  | { readonly kind: 'uninvited' }
  /** The id of the instance that goes first. */
  | { readonly kind: 'after'; readonly first: string }
