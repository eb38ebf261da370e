import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'
import * as v from 'valibot'
import { bundleOf } from './bundle.ts'
import { bundledFunctions, readTemplate, root } from './template.ts'

// The libraries that collect licences walk what is installed. What counts here is what esbuild has put into a bundle.

/** A package of somebody else, as npm installed it. */
export type ThirdParty = {
  readonly name: string
  readonly version: string
  /** Its SPDX identifier, as the package says it. */
  readonly licence: string
  /** The text of its licence; empty where the package has none. */
  readonly licenceText: string
}

const manifest = v.object({ name: v.string(), version: v.string(), license: v.string() })

/**
 * @param folder below the root: `node_modules/valibot`
 * @throws Error where it is not installed, or does not say its licence
 */
export const thirdParty = (folder: string): ThirdParty => {
  const read = (file: string) => readFileSync(join(root, folder, file), 'utf8')
  const { name, version, license: licence } = v.parse(manifest, JSON.parse(read('package.json')))
  const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry))
  return { name, version, licence, licenceText: file === undefined ? '' : read(file).trim() }
}

/** Every package that something of is in these bundles, in the order of the alphabet. */
export const packagesIn = (metafiles: readonly Metafile[]): readonly ThirdParty[] => {
  const inputs = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs)),
  )
  const folders = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([input]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? [])
  return [...new Set(folders)].sort().map(thirdParty)
}

/** Every package that something of is in the bundle of some function. */
export const bundledPackages = async (): Promise<readonly ThirdParty[]> => {
  const bundles = await Promise.all(bundledFunctions(readTemplate()).map(bundleOf))
  return packagesIn(bundles.map(({ metafile }) => metafile))
}

/** Each licence once, below the packages that come under it. */
export const licences = (packages: readonly ThirdParty[]): string => {
  const byText = Map.groupBy(packages, ({ licenceText }) => licenceText)
  const sections = [...byText].map(([text, those]) => {
    const names = those.map(({ name, version, licence }) => `${name} ${version} (${licence})`)
    return [names.join('\n'), ...(text === '' ? [] : [text])].join('\n\n')
  })
  return `${sections.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}
