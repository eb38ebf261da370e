import { readdirSync, readFileSync } from 'node:fs'
import * as v from 'valibot'
import { bundleOf } from './bundle.ts'
import { bundledFunctions, readTemplate, root } from './template.ts'

/** A package of somebody else, as npm installed it. */
export type ThirdParty = {
  readonly name: string
  readonly version: string
  /** Its SPDX identifier, as the package says it. */
  readonly licence: string
  /** The text of its licence, where the package has one. */
  readonly licenceText: string | undefined
}

const manifest = v.object({ name: v.string(), version: v.string(), license: v.string() })

/** @throws Error where it is not installed, or does not say its licence */
export const thirdParty = (name: string): ThirdParty => {
  const folder = `${root}node_modules/${name}`
  const { version, license: licence } = v.parse(manifest, JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')))
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  return { name, version, licence, licenceText: file && readFileSync(`${folder}/${file}`, 'utf8').trim() }
}

/** Every package that something of is in the bundle of some function, in the order of the alphabet. */
export const bundledPackages = async (): Promise<readonly ThirdParty[]> => {
  const bundles = await Promise.all(bundledFunctions(readTemplate()).map(bundleOf))
  return [...new Set(bundles.flatMap(({ packages }) => packages))].sort().map(thirdParty)
}
