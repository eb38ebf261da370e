type Tags = ReadonlyMap<string, string>

/** Numbers of the tags of this key that are there: `key` is 1, `key/2` is 2. */
const partsOf = (tags: Tags, key: string): readonly number[] =>
  [...tags.keys()]
    .filter((tag) => tag === key || (tag.startsWith(`${key}/`) && /^[1-9]\d{0,3}$/.test(tag.slice(key.length + 1))))
    .map((tag) => (tag === key ? 1 : Number(tag.slice(key.length + 1))))
    .sort((one, other) => one - other)

const keyOf = (key: string, part: number): string => (part === 1 ? key : `${key}/${part}`)

/**
 * The names that tags of this key give: spaces separate them; what does not fit into the 256 characters of one value (F28) goes
 * on in `<key>/2`, `<key>/3`.
 */
export const namesIn = (tags: Tags, key: string): readonly string[] => {
  const values = partsOf(tags, key).map((part) => tags.get(keyOf(key, part)) ?? '')
  return [...new Set(values.flatMap((text) => text.split(/\s+/)).filter((name) => name !== ''))]
}

/** Keys that are missing before one that is there: a name that nobody reads is a group that nobody gates. */
export const gapsIn = (tags: Tags, key: string): readonly string[] => {
  const parts = partsOf(tags, key)
  const all = Array.from({ length: parts.at(-1) ?? 0 }, (_, index) => index + 1)
  return all.filter((part) => !parts.includes(part)).map((part) => keyOf(key, part))
}
