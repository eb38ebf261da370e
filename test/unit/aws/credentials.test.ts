import { expect } from 'chai'
import { defaultProvider } from '../../../src/aws/bundled/credentials.ts'
import { withEnvironment } from '../../environment.ts'

describe('The credentials of the bundle', () => {
  it("come from the function's environment alone", async () => {
    const leave = withEnvironment({
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
    })
    const { accessKeyId, secretAccessKey, sessionToken } = await defaultProvider()()
    leave()
    expect({ accessKeyId, secretAccessKey, sessionToken }).to.deep.equal({
      accessKeyId: 'key',
      secretAccessKey: 'secret',
      sessionToken: 'token',
    })
  })
})
