//! `aegle-sdk-bindgen MODULE FOLDER`: writes the JavaScript and the types that go with a module into a folder.

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let module = arguments.next().context("usage: aegle-sdk-bindgen MODULE FOLDER")?;
    let folder = arguments.next().context("usage: aegle-sdk-bindgen MODULE FOLDER")?;
    // The target `web` takes the module's bytes from its caller, and so serves browsers, bundlers and Node.js alike.
    Bindgen::new()
        .input_path(&module)
        .out_name("aegle")
        .web(true)?
        .omit_default_module_path(true)
        .typescript(true)
        // Nobody reads the names of functions in a browser.
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&folder)
        .with_context(|| format!("cannot write the JavaScript of {module}"))
}
