import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { parse } from 'yaml'
import { ServiceError } from '../wire/serviceError.ts'
import type { DeploymentGroup, Revision } from '../world/state.ts'
import type { World } from '../world/world.ts'

const content = v.strictObject({ content: v.string(), sha256: v.optional(v.string()) })

/** Where a revision comes from: a bundle in S3 for instances, an AppSpec for Lambda and ECS. */
export const revisionLocation = v.variant('revisionType', [
  v.strictObject({
    revisionType: v.literal('S3'),
    s3Location: v.strictObject({
      bucket: v.string(),
      key: v.string(),
      bundleType: v.optional(v.picklist(['tar', 'tgz', 'zip', 'YAML', 'JSON'])),
      version: v.optional(v.string()),
      eTag: v.optional(v.string()),
    }),
  }),
  v.strictObject({ revisionType: v.literal('AppSpecContent'), appSpecContent: content }),
  v.strictObject({ revisionType: v.literal('String'), string: content }),
])

/** The hooks of ECS; Lambda has the last two. A hook under another name would never run. */
const hookEvents = ['BeforeInstall', 'AfterInstall', 'AfterAllowTestTraffic', 'BeforeAllowTraffic', 'AfterAllowTraffic']

const appSpec = v.strictObject({
  version: v.optional(v.unknown()),
  Resources: v.optional(v.unknown()),
  Hooks: v.optional(v.array(v.record(v.picklist(hookEvents), v.string())), []),
})

/**
 * What is deployed: the bundle that the world has under this key, or the hooks that the AppSpec names; the deployment
 * group's last revision, if none is given.
 *
 * @throws ServiceError RevisionRequiredException, RevisionDoesNotExistException, InvalidRevisionException
 */
export const revisionOf = (
  location: v.InferOutput<typeof revisionLocation> | undefined,
  deploymentGroup: DeploymentGroup,
  world: World,
): { revision: Revision; lambdaHooks: Record<string, string> } => {
  if (location === undefined) {
    if (deploymentGroup.computePlatform === 'Server') return { revision: deploymentGroup.revision, lambdaHooks: {} }
    throw new ServiceError('RevisionRequiredException', 'Revision is required, but was not specified')
  }
  if (location.revisionType === 'S3') {
    const { bucket, key } = location.s3Location
    const revision = world.bundles.get(`${bucket}/${key}`)
    // AWS only finds out at DownloadBundle; here it is a mistake in a test.
    if (!revision)
      throw new ServiceError('RevisionDoesNotExistException', `This simulator has no bundle s3://${bucket}/${key}.`)
    return { revision: { ...revision, location }, lambdaHooks: {} }
  }
  const text = location.revisionType === 'String' ? location.string.content : location.appSpecContent.content
  const sha256 = createHash('sha256').update(text).digest('hex')
  return { revision: { version: sha256.slice(0, 8), location }, lambdaHooks: hooksOf(text) }
}

/** Reads YAML, and so JSON too. */
const hooksOf = (text: string): Record<string, string> => {
  let document: unknown
  try {
    document = parse(text)
  } catch (error) {
    throw new ServiceError('InvalidRevisionException', `The AppSpec cannot be read: ${String(error)}`)
  }
  const parsed = v.safeParse(appSpec, document)
  if (!parsed.success)
    throw new ServiceError('InvalidRevisionException', `The AppSpec is not valid: ${parsed.issues[0].message}`)
  // A function may be named by its ARN.
  const named = parsed.output.Hooks.flatMap((hook) => Object.entries(hook))
  return Object.fromEntries(named.map(([event, called]) => [event, called.replace(/^arn:.*:function:/, '')]))
}
