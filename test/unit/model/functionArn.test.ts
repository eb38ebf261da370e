import { expect } from 'chai'
import { readFunctionArn } from '../../../src/model/functionArn.ts'

describe("The function's own ARN", () => {
  it('says where it lives, in every partition', () => {
    const arn = 'arn:aws-cn:lambda:cn-north-1:123456789012:function:CodeDeployHook_greenlight:live'
    expect(readFunctionArn(arn)).to.deep.equal({
      partition: 'aws-cn',
      region: 'cn-north-1',
      account: '123456789012',
    })
  })

  for (const arn of ['', 'arn:aws:lambda', 'arn:aws:s3:eu-west-1:123456789012:bucket']) {
    it(`is refused where it is ${JSON.stringify(arn)}`, () => {
      expect(() => readFunctionArn(arn)).to.throw(
        `the function was invoked under "${arn}", which is not the ARN of a Lambda function`,
      )
    })
  }
})
