import * as v from 'valibot'

/** A member that CodeDeploy requires with an exception of its own; `then` is its schema. */
export const required = <Schema extends v.GenericSchema>(exception: string, then: Schema) =>
  v.pipe(
    v.optional(v.unknown(), null),
    v.check((value) => value !== null && value !== '', `${exception}: It must be specified.`),
    then,
  )

export const deploymentId = required(
  'DeploymentIdRequiredException',
  v.pipe(
    v.string(),
    v.regex(
      /^d-[A-Z0-9]+$/,
      (issue) => `InvalidDeploymentIdException: Specified DeploymentId is not in the valid format: ${issue.input}`,
    ),
  ),
)

export const named = (what: 'Application' | 'DeploymentGroup') =>
  required(
    `${what}NameRequiredException`,
    v.pipe(
      v.string(),
      v.regex(
        /^[A-Za-z0-9+=,.@_-]{1,100}$/,
        (issue) => `Invalid${what}NameException: The name is not valid: ${issue.input}`,
      ),
    ),
  )

const autoRollbackEvent = v.picklist(
  ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'],
  (issue) => `InvalidAutoRollbackConfigException: There is no event ${issue.input}.`,
)
export const autoRollback = v.pipe(
  v.strictObject({ enabled: v.optional(v.boolean(), false), events: v.optional(v.array(autoRollbackEvent), []) }),
  v.check(
    ({ enabled, events }) => !enabled || events.length > 0,
    'InvalidAutoRollbackConfigException: Automatic rollback is enabled, and no event is listed.',
  ),
)

export const inBlueGreen = 'InvalidBlueGreenDeploymentConfigurationException'
const oneOf = <const Options extends readonly string[]>(...options: Options) =>
  v.picklist(options, (issue) => `${inBlueGreen}: It must be one of ${options}, not ${issue.input}.`)
const minutes = v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0, `${inBlueGreen}: No wait is below 0.`)))
export const blueGreen = v.strictObject({
  terminateBlueInstancesOnDeploymentSuccess: v.exactOptional(
    v.strictObject({ action: oneOf('TERMINATE', 'KEEP_ALIVE'), terminationWaitTimeInMinutes: minutes }),
  ),
  deploymentReadyOption: v.exactOptional(
    v.strictObject({ actionOnTimeout: oneOf('CONTINUE_DEPLOYMENT', 'STOP_DEPLOYMENT'), waitTimeInMinutes: minutes }),
  ),
  greenFleetProvisioningOption: v.exactOptional(
    v.strictObject({ action: oneOf('COPY_AUTO_SCALING_GROUP', 'DISCOVER_EXISTING') }),
  ),
})

/** The events that a trigger may name (F36). */
const triggerEvent = v.picklist(
  [
    'DeploymentStart',
    'DeploymentReady',
    'DeploymentSuccess',
    'DeploymentFailure',
    'DeploymentStop',
    'DeploymentRollback',
    'InstanceStart',
    'InstanceReady',
    'InstanceSuccess',
    'InstanceFailure',
  ],
  (issue) => `InvalidTriggerConfigException: There is no event ${issue.input}.`,
)
const triggersAtMost = 10
export const triggers = v.pipe(
  v.array(
    v.strictObject({
      triggerName: required('InvalidTriggerConfigException', v.string()),
      triggerTargetArn: required('InvalidTriggerConfigException', v.string()),
      triggerEvents: required(
        'InvalidTriggerConfigException',
        v.pipe(v.array(triggerEvent), v.minLength(1, 'InvalidTriggerConfigException: No event is listed.')),
      ),
    }),
  ),
  v.maxLength(triggersAtMost, `TriggerTargetsLimitExceededException: At most ${triggersAtMost} triggers.`),
)

export const deploymentStatus = v.picklist(
  ['Created', 'Queued', 'InProgress', 'Baking', 'Ready', 'Succeeded', 'Failed', 'Stopped'],
  (issue) => `InvalidDeploymentStatusException: There is no status ${issue.input}.`,
)

/** Epoch seconds; a missing end of the range is no limit. */
export const timeRange = v.pipe(
  v.strictObject({ start: v.optional(v.number(), 0), end: v.optional(v.number(), Number.POSITIVE_INFINITY) }),
  v.transform(({ start, end }) => ({ from: start * 1000, to: end * 1000 })),
  v.check(({ from, to }) => from <= to, 'InvalidTimeRangeException: The range ends before it starts.'),
)

export const resourceArn = required(
  'ResourceArnRequiredException',
  v.pipe(
    v.string(),
    v.regex(
      /^arn:[^:]+:codedeploy:[^:]*:\d{12}:.+$/,
      (issue) => `InvalidArnException: The ARN is not valid: ${issue.input}`,
    ),
  ),
)

export const waitType = v.picklist(
  ['READY_WAIT', 'TERMINATION_WAIT'],
  (issue) => `InvalidDeploymentWaitTypeException: The deployment wait type is not valid: ${issue.input}`,
)
