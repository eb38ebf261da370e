import type { Metafile } from 'esbuild'

/** How many bytes of a bundle are of each package, by its name; those of the project's own sources are of `src`. */
export const partsOf = ({ outputs }: Metafile): Readonly<Record<string, number>> => {
  const parts = new Map<string, number>()
  for (const { inputs } of Object.values(outputs)) {
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      const part = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? 'src'
      parts.set(part, (parts.get(part) ?? 0) + bytesInOutput)
    }
  }
  return Object.fromEntries([...parts].filter(([, bytes]) => bytes > 0).sort(([a], [b]) => (a < b ? -1 : 1)))
}
