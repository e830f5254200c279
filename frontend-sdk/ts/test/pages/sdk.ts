// Everything of the SDK, for tests that drive it in a page.
export * from '@aegle/sdk'
export { default as wasm } from '@aegle/sdk/aegle.wasm'
