// Bundled in the place of @aws-sdk/credential-provider-node (template.yaml, Alias). A Lambda always has its credentials
// in the environment: the chain of files, SSO, processes and metadata services is never reached, and costs start-up (F45).
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env'
