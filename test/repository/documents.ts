import { posix } from 'node:path'

/** The text of every document that is checked, by its path from the root of the repository. */
export type Documents = Readonly<Record<string, string>>

/**
 * Finds the links of documents that lead nowhere. Links to other sites are not followed.
 *
 * @param documents the documents whose links are checked
 * @param exists whether there is a file or a folder at this path from the root
 * @param readText the text of a file, for its anchors
 * @returns a sentence for each broken link
 */
export const brokenLinks = (
  documents: Documents,
  exists: (path: string) => boolean,
  readText: (path: string) => string,
): readonly string[] =>
  Object.entries(documents).flatMap(([path, text]) => {
    const definitions = definitionsIn(text)
    const undefinedLabels = labelsIn(text).filter((label) => !definitions.has(label))
    return [
      ...undefinedLabels.map((label) => `${path} links to [${label}], which it does not define`),
      ...[...targetsIn(text), ...definitions.values()].flatMap((target) => whyBroken(path, target, exists, readText)),
    ]
  })

const whyBroken = (
  from: string,
  target: string,
  exists: (path: string) => boolean,
  readText: (path: string) => string,
): readonly string[] => {
  if (/^[a-z]+:/.test(target)) return []
  const [file = '', anchor] = target.split('#')
  const path = file === '' ? from : posix.join(posix.dirname(from), decodeURI(file))
  if (path.startsWith('..') || !exists(path)) return [`${from} links to ${target}, which does not exist`]
  if (anchor === undefined || !path.endsWith('.md')) return []
  return anchorsIn(readText(path)).has(anchor) ? [] : [`${from} links to ${target}, an anchor that does not exist`]
}

/** What GitHub lets one link to in a Markdown text: explicit ids, and headings by their words. */
export const anchorsIn = (markdown: string): ReadonlySet<string> => {
  const text = withoutFences(markdown)
  const explicit = [...text.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)].map(([, id = '']) => id)
  const headings = [...text.matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = '']) => slugOf(heading))
  const numbered = headings.map((slug, index) => {
    const before = headings.slice(0, index).filter((other) => other === slug).length
    return before === 0 ? slug : `${slug}-${before}`
  })
  return new Set([...explicit, ...numbered])
}

/** A heading without markup, in small letters, with hyphens for spaces and without punctuation. */
const slugOf = (heading: string): string =>
  heading
    .replace(/<[^>]+>/g, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')

const targetsIn = (markdown: string): readonly string[] =>
  [...prose(markdown).matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)|<(?:a|img)\s[^>]*(?:href|src)="([^"]+)"/g)].flatMap(
    ([, target, source]) => target ?? source ?? [],
  )

/** The labels of links such as `[text][label]`. */
const labelsIn = (markdown: string): readonly string[] =>
  [...prose(markdown).matchAll(/\]\[([^\]]+)\]/g)].map(([, label = '']) => label)

const definitionsIn = (markdown: string): ReadonlyMap<string, string> =>
  new Map(
    [...withoutFences(markdown).matchAll(/^\[([^\]]+)\]: +(\S+)/gm)].map(([, label = '', target = '']) => [
      label,
      target,
    ]),
  )

const withoutFences = (markdown: string): string => markdown.replace(/^ *(```+|~~~+)[^\n]*\n[\s\S]*?^ *\1 *$/gm, '')

/** What is code looks like a link and is none. */
const prose = (markdown: string): string => withoutFences(markdown).replace(/`[^`]*`/g, '``')

/** The numbers of facts that a text cites, such as F22; each once. */
export const factsIn = (text: string): readonly string[] => [...new Set(text.match(/\bF[1-9]\d?\b/g) ?? [])]

/** What a text that users read must not cite: numbers of facts, and chapters of the design. */
export const citationsIn = (text: string): readonly string[] => [
  ...factsIn(text),
  ...new Set(text.match(/\bdesign,? (?:chapter )?\d+(?:\.\d+)?/gi) ?? []),
]
