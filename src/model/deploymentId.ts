import * as v from 'valibot'
import { quoted } from '../sentences.ts'

/** The id of a deployment, as CodeDeploy makes it. */
export const deploymentIdSchema = v.pipe(
  v.string('DeploymentId is not a string'),
  v.regex(/^d-[A-Z0-9]+$/, ({ input }) => `DeploymentId ${quoted(input)} is not "d-" and capitals and digits`),
)

/** @returns the id, or why it is none */
export const deploymentIdIn = (value: unknown): string | { readonly refusal: string } => {
  const parsed = v.safeParse(deploymentIdSchema, value)
  return parsed.success ? parsed.output : { refusal: parsed.issues.map(({ message }) => message).join('; ') }
}
