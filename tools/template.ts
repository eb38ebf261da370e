import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type CollectionTag, parse, type ScalarTag, type Tags, type YAMLMap, type YAMLSeq } from 'yaml'

/** The root of the repository, where template.yaml is. */
export const root = fileURLToPath(new URL('../', import.meta.url))

export type Template = {
  readonly Parameters: Readonly<
    Record<string, { readonly Default: string | number; readonly MinValue?: number; readonly MaxValue?: number }>
  >
  readonly Resources: Readonly<Record<string, Resource>>
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>
}
export type Resource = {
  readonly Type: string
  readonly Properties: Readonly<Record<string, unknown>>
  readonly Metadata?: { readonly BuildProperties?: BuildProperties }
}
/** How SAM builds a function; every key but UseNpmCi and EntryPoints goes to esbuild as it is (F45). */
export type BuildProperties = {
  readonly UseNpmCi?: boolean
  readonly EntryPoints: readonly string[]
  readonly [option: string]: string | boolean | readonly string[] | undefined
}

// CloudFormation's short forms; `!Sub x` is {"Fn::Sub": "x"} and so on.
const shortForms: Tags = [
  ...['Ref', 'Sub', 'GetAtt'].map(
    (name): ScalarTag => ({
      tag: `!${name}`,
      resolve: (text: string) => ({ [name === 'Ref' ? 'Ref' : `Fn::${name}`]: text }),
    }),
  ),
  ...['If', 'Equals', 'Not'].map(
    (name): CollectionTag => ({
      tag: `!${name}`,
      collection: 'seq',
      resolve: (items: YAMLSeq | YAMLMap) => ({ [`Fn::${name}`]: items.toJSON() }),
    }),
  ),
]

let read: Template | undefined

/** template.yaml as it stands in the repository, CloudFormation's functions not yet evaluated; read once. */
export const readTemplate = (): Template => {
  read ??= parse(readFileSync(`${root}template.yaml`, 'utf8'), { customTags: shortForms }) as Template
  return read
}

/**
 * @param id logical id of a resource of the template
 * @throws Error if there is none
 */
export const resourceOf = ({ Resources: resources }: Template, id: string): Resource => {
  const resource = resources[id]
  if (resource === undefined) throw new Error(`template.yaml has no resource ${id}`)
  return resource
}
