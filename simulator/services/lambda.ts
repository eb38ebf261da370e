import * as v from 'valibot'
import { accountId, arnOf } from '../arn.ts'
import { lambdaRest } from '../wire/lambdaRest.ts'
import { operation, type Reply, type Service } from '../wire/operation.ts'
import { ServiceError } from '../wire/serviceError.ts'

/** A name, a partial ARN or an ARN, with or without a qualifier: Lambda's own pattern, with its parts named. */
const functionPattern =
  /^(?:arn:aws[a-zA-Z-]*:lambda:)?(?:(?<region>[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):)?(?:(?<account>\d{12}):)?(?:function:)?(?<name>[a-zA-Z0-9-_.]+)(?::(?<qualifier>\$LATEST|[a-zA-Z0-9-_]+))?$/

/** AWS Lambda: only Invoke. */
export const lambda: Service = {
  name: 'lambda',
  protocol: lambdaRest,
  operations: {
    Invoke: operation({
      action: 'lambda:InvokeFunction',
      // A synchronous invocation lasts as long as the function does.
      slow: true,
      input: v.strictObject({
        FunctionName: v.pipe(
          v.string(),
          v.maxLength(256),
          v.regex(
            functionPattern,
            (issue) => `Value '${issue.input}' at 'functionName' failed to satisfy the pattern of function names`,
          ),
        ),
        InvocationType: v.optional(v.picklist(['RequestResponse', 'Event', 'DryRun']), 'RequestResponse'),
        LogType: v.optional(v.picklist(['None', 'Tail']), 'None'),
        Qualifier: v.optional(v.literal('$LATEST', (issue) => `This simulator has only $LATEST, not ${issue.input}`)),
        Payload: v.string(),
      }),
      resources: (input, { region }) => [functionArn(region, input.FunctionName)],
      run: async (input, surroundings): Promise<Reply> => {
        const functions = surroundings.world.lambda
        const called = functions.named(nameOf(input.FunctionName))
        if (!called || !isHere(input.FunctionName, surroundings.region)) {
          throw new ServiceError(
            'ResourceNotFoundException',
            `Function not found: ${functionArn(surroundings.region, input.FunctionName)}`,
            404,
          )
        }
        const event = payloadOf(input.Payload)
        const version = { 'x-amz-executed-version': '$LATEST' }
        if (input.InvocationType === 'DryRun') return { output: undefined, status: 204 }
        if (input.InvocationType === 'Event') {
          functions.invokeLater(called, event)
          return { output: undefined, status: 202 }
        }
        if (functions.isBusy(called)) throw lambdaRest.codes.throttled
        const { payload, error, requestId } = await functions.invoke(called, event)
        const log = `START RequestId: ${requestId} Version: $LATEST\nEND RequestId: ${requestId}\n`
        return {
          output: payload,
          headers: {
            ...version,
            ...(error && { 'x-amz-function-error': 'Unhandled' }),
            ...(input.LogType === 'Tail' && { 'x-amz-log-result': Buffer.from(log).toString('base64') }),
          },
        }
      },
    }),
  },
}

const nameOf = (functionName: string) => functionPattern.exec(functionName)?.groups?.['name'] ?? functionName

const functionArn = (region: string, functionName: string) =>
  arnOf(region, 'lambda', `function:${nameOf(functionName)}`)

/** Whether a name or ARN means a function of this account and region, in its only version. */
const isHere = (functionName: string, region: string): boolean => {
  const {
    region: named = region,
    account = accountId,
    qualifier = '$LATEST',
  } = functionPattern.exec(functionName)?.groups ?? {}
  return named === region && account === accountId && qualifier === '$LATEST'
}

const payloadOf = (payload: string): unknown => {
  if (payload === '') return {}
  try {
    return JSON.parse(payload)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new ServiceError('InvalidRequestContentException', `Could not parse request body into json: ${why}`)
  }
}
