/** The thing of this name; throws where there is none. */
export const known = <Thing>(things: ReadonlyMap<string, Thing>, name: string, what: string): Thing => {
  const found = things.get(name)
  if (found === undefined) throw new Error(`There is no ${what} ${name}.`)
  return found
}

/** Throws where there already is a thing of this name. */
export const mustBeNew = (things: ReadonlyMap<string, unknown>, name: string, what: string) => {
  if (things.has(name)) throw new Error(`There already is a ${what} ${name}.`)
}
