import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type CollectionTag, parse, type ScalarTag, type Tags, type YAMLMap, type YAMLSeq } from 'yaml'

/** The root of the repository, where template.yaml is. */
export const root = fileURLToPath(new URL('../', import.meta.url))

export type Template = {
  readonly Parameters: Readonly<Record<string, Parameter>>
  readonly Conditions?: Readonly<Record<string, unknown>>
  readonly Resources: Readonly<Record<string, Resource>>
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>
}
export type Parameter = {
  readonly Default: string | number
  readonly Description?: string
  readonly AllowedValues?: readonly (string | number)[]
  readonly ConstraintDescription?: string
  readonly MinValue?: number
  readonly MaxValue?: number
}
export type Resource = {
  readonly Type: string
  readonly Condition?: string
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

const read = new Map<string, Template>()

/** A template, CloudFormation's functions not yet evaluated; template.yaml of the repository, unless told. Read once. */
export const readTemplate = (file = `${root}template.yaml`): Template => {
  const known = read.get(file) ?? (parse(readFileSync(file, 'utf8'), { customTags: shortForms }) as Template)
  read.set(file, known)
  return known
}

/** The logical ids of the functions that SAM bundles. */
export const bundledFunctions = ({ Resources: resources }: Template): readonly string[] =>
  Object.entries(resources).flatMap(([id, { Metadata: metadata }]) => (metadata?.BuildProperties ? [id] : []))

/**
 * @param id logical id of a resource of the template
 * @throws Error if there is none
 */
export const resourceOf = ({ Resources: resources }: Template, id: string): Resource => {
  const resource = resources[id]
  if (resource === undefined) throw new Error(`template.yaml has no resource ${id}`)
  return resource
}
