/** The name of the WebAssembly module beside the page. The build puts it in. */
declare const WASM_FILE: string
/** The digest that the browser holds the module to. */
declare const WASM_INTEGRITY: string
