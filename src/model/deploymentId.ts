import * as v from 'valibot'
import { quoted } from '../sentences.ts'

/** The id of a deployment, as CodeDeploy makes it, or as its agent does for `codedeploy-local`. */
export const deploymentIdSchema = v.pipe(
  v.string('DeploymentId is not a string'),
  v.regex(/^d-[A-Z0-9]+(-local)?$/, ({ input }) => `DeploymentId ${quoted(input)} is not "d-" and capitals and digits`),
)

/** Whether the agent deploys to the instance that it runs on, and CodeDeploy itself knows nothing of it. */
export const isLocal = (id: string): boolean => id.endsWith('-local')

/** @returns the id that CodeDeploy made, or why it is none */
export const deploymentIdIn = (value: unknown): string | { readonly refusal: string } => {
  const parsed = v.safeParse(deploymentIdSchema, value)
  if (parsed.success && isLocal(parsed.output)) return { refusal: `deployment ${parsed.output} is a local one` }
  return parsed.success ? parsed.output : { refusal: parsed.issues.map(({ message }) => message).join('; ') }
}
