// What esbuild’s loader `file` and Vite’s `?url` make of the module: its address.
declare module '@aegle/sdk/aegle.wasm' {
  const address: string
  export default address
}
