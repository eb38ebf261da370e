import * as v from 'valibot'
import type { Call } from '../../simulator/simulate.ts'
import { isFunction } from '../../tools/roles.ts'
import type { Stack } from '../../tools/stack.ts'

const logging = v.object({ LoggingConfig: v.object({ LogGroup: v.string() }) })
const destination = v.object({ DestinationConfig: v.object({ OnFailure: v.object({ Destination: v.string() }) }) })
/** As SAM has it on the function, or as CloudFormation has it beside. */
const onFunction = v.object({ EventInvokeConfig: destination })

/** What Lambda itself does with the role of a function, and no code: it writes the log, and keeps what failed. */
export const ofLambdaItself = (
  stack: Stack,
  functions: readonly string[],
): readonly Pick<Call, 'action' | 'resources' | 'context'>[] => {
  const resources = Object.values(stack.resources)
  const own = resources.filter(({ type, id }) => isFunction(type) && functions.includes(id))
  const streams = own.map(({ properties }) => {
    const { LogGroup: group } = v.parse(logging, properties).LoggingConfig
    return `arn:${stack.partition}:logs:${stack.region}:${stack.account}:log-group:${group}:log-stream:2026/11/23/[$LATEST]0123`
  })
  const beside = resources.filter(
    ({ type, properties }) =>
      type === 'AWS::Lambda::EventInvokeConfig' && functions.includes(String(properties['FunctionName'])),
  )
  const queues = [
    ...own.flatMap(({ properties }) => (v.is(onFunction, properties) ? [properties.EventInvokeConfig] : [])),
    ...beside.flatMap(({ properties }) => (v.is(destination, properties) ? [properties] : [])),
  ].map(({ DestinationConfig: config }) => config.OnFailure.Destination)
  return [
    ...streams.flatMap((resource) => [
      { action: 'logs:CreateLogStream', resources: [resource], context: {} },
      { action: 'logs:PutLogEvents', resources: [resource], context: {} },
    ]),
    ...[...new Set(queues)].map((resource) => ({ action: 'sqs:SendMessage', resources: [resource], context: {} })),
  ]
}
