// `npm run docs:parameters`: writes docs/parameters.md from the parameters of template.yaml.

import { writeFile } from 'node:fs/promises'
import { type Parameter, readTemplate, root, type Template } from './template.ts'

/** The page that lists the stack's parameters. */
export const parametersPage = `${root}docs/parameters.md`

/**
 * Writes every parameter of a template as a row of a Markdown table: name, default, allowed values, description.
 *
 * @returns the text of docs/parameters.md
 * @throws Error for a parameter without a description or without bounds
 */
export const parameterTable = ({ Parameters: parameters }: Template = readTemplate()): string => {
  const rows = Object.entries(parameters).map(
    ([name, parameter]) =>
      `| \`${name}\` | ${defaultOf(parameter)} | ${boundsOf(name, parameter)} | ${descriptionOf(name, parameter)} |`,
  )
  return [
    '# Parameters of the stack',
    '',
    '`npm run docs:parameters` writes this page from [`template.yaml`](../template.yaml).',
    '',
    '| parameter | default | allowed | what it sets |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

const defaultOf = ({ Default: value }: Parameter): string => (value === '' ? 'empty' : `\`${value}\``)

const boundsOf = (name: string, parameter: Parameter): string => {
  const { AllowedValues: values, MinValue: least, MaxValue: most, ConstraintDescription: constraint } = parameter
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(', ')
  if (least !== undefined && most !== undefined) return `${least} to ${most}`
  if (constraint !== undefined) return cell(constraint)
  throw new Error(
    `The parameter ${name} of template.yaml has no bounds. Give it AllowedValues, MinValue and MaxValue, or a pattern with a ConstraintDescription.`,
  )
}

const descriptionOf = (name: string, { Description: description }: Parameter): string => {
  if (description === undefined)
    throw new Error(`The parameter ${name} of template.yaml has no description. Give it one.`)
  return cell(description)
}

/** A | would end the cell, a < begin a tag, and a * emphasis. */
const cell = (text: string): string => text.replace(/[|<*]/g, '\\$&')

if (process.argv[1] === import.meta.filename) {
  await writeFile(parametersPage, parameterTable())
  console.log(`Wrote ${parametersPage}.`)
}
