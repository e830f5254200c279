//! A contract's module, made to run on its own: the memory that pallet-contracts hands in becomes the module's.
//!
//! A memory that is handed in has to be made anew for each question; one that the module has itself comes out of the pool
//! of the runtime, which costs a fifth. Nothing else is changed: the memory keeps its number, so that every instruction
//! and every segment of data means what it meant.

use wasm_encoder::{
    EntityType, ExportKind, ExportSection, ImportSection, MemorySection, MemoryType, Module, RawSection, SectionId,
};
use wasmparser::{Export, ExternalKind, Import, Parser, Payload, TypeRef};

/// The name under which the module gives out its memory.
pub(crate) const MEMORY: &str = "aegle-memory";
/// The most memory that a module may ask for, in pages of 64 KiB: what pallet-contracts gives at most.
pub(crate) const MAX_PAGES: u64 = 16;

/// A reason why a module is not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModuleError {
    /// The bytes are no module, or have something that a contract cannot have.
    #[error("the contract's code is no module that can be run: {0}")]
    Malformed(#[from] wasmparser::BinaryReaderError),
    /// It imports something that is neither a function nor its memory.
    #[error("the contract's code imports {module}.{name}, which is neither a function nor its memory")]
    Import {
        /// The import's module.
        module: String,
        /// The import's name.
        name: String,
    },
    /// It does not import exactly one memory with a limit of 16 pages at most.
    #[error("the contract's code does not import one memory of at most {MAX_PAGES} pages")]
    Memory,
    /// It has a part that no contract has.
    #[error("the contract's code has a {0}, which no contract has")]
    Part(&'static str),
}

/// Returns the module with its memory its own, under the name [`MEMORY`].
///
/// # Errors
/// [`ModuleError`].
pub(crate) fn own_memory(code: &[u8]) -> Result<Vec<u8>, ModuleError> {
    let mut module = Module::new();
    let mut memory = None;
    let mut placed = false;
    for payload in Parser::new(0).parse_all(code) {
        let payload = payload?;
        let section = payload.as_section();
        // Memories come after types, imports, functions and tables, and before everything else.
        if section
            .as_ref()
            .is_some_and(|(id, _)| *id > SectionId::Memory as u8 && *id != SectionId::Custom as u8)
            && !placed
        {
            let mut section = MemorySection::new();
            section.memory(memory.ok_or(ModuleError::Memory)?);
            module.section(&section);
            placed = true;
        }
        match payload {
            Payload::ImportSection(imports) => {
                let imports = imports.into_imports().collect::<Result<Vec<_>, _>>()?;
                let (kept, found) = split(&imports)?;
                memory = Some(found);
                module.section(&kept);
            }
            Payload::ExportSection(exports) => {
                let exports = exports.into_iter().collect::<Result<Vec<_>, _>>()?;
                module.section(&with_memory(&exports)?);
            }
            Payload::MemorySection(_) => return Err(ModuleError::Memory),
            Payload::StartSection { .. } => return Err(ModuleError::Part("start function")),
            Payload::TagSection(_) => return Err(ModuleError::Part("tag")),
            Payload::CustomSection(_) => {}
            _ => {
                if let Some((id, range)) = section {
                    let data = code.get(range).ok_or(ModuleError::Part("section without an end"))?;
                    module.section(&RawSection { id, data });
                }
            }
        }
    }
    if placed {
        Ok(module.finish())
    } else {
        Err(ModuleError::Memory)
    }
}

/// Parts the functions that a module imports from its memory.
fn split(imports: &[Import<'_>]) -> Result<(ImportSection, MemoryType), ModuleError> {
    let mut kept = ImportSection::new();
    let mut memory = None;
    for import in imports {
        match import.ty {
            TypeRef::Func(number) => {
                kept.import(import.module, import.name, EntityType::Function(number));
            }
            TypeRef::Memory(found) if memory.is_none() => {
                let maximum = found
                    .maximum
                    .filter(|pages| *pages <= MAX_PAGES && found.initial <= *pages);
                if maximum.is_none() || found.shared || found.memory64 || found.page_size_log2.is_some() {
                    return Err(ModuleError::Memory);
                }
                memory = Some(MemoryType {
                    minimum: found.initial,
                    maximum,
                    memory64: false,
                    shared: false,
                    page_size_log2: None,
                });
            }
            TypeRef::Memory(_) => return Err(ModuleError::Memory),
            _ => {
                return Err(ModuleError::Import {
                    module: import.module.to_owned(),
                    name: import.name.to_owned(),
                });
            }
        }
    }
    Ok((kept, memory.ok_or(ModuleError::Memory)?))
}

/// Builds the exports of a module: its functions, and its memory.
fn with_memory(exports: &[Export<'_>]) -> Result<ExportSection, ModuleError> {
    let mut all = ExportSection::new();
    for export in exports {
        if export.kind != ExternalKind::Func || export.name == MEMORY {
            return Err(ModuleError::Part("export that is not a function"));
        }
        all.export(export.name, ExportKind::Func, export.index);
    }
    all.export(MEMORY, ExportKind::Memory, 0);
    Ok(all)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_no_contract_has_is_not_run() {
        for (text, runs) in [
            (
                r#"(module (import "env" "memory" (memory 1 16)) (func (export "call")))"#,
                true,
            ),
            (
                r#"(module (import "env" "memory" (memory 1)) (func (export "call")))"#,
                false,
            ),
            (
                r#"(module (import "env" "memory" (memory 1 17)) (func (export "call")))"#,
                false,
            ),
            (r#"(module (memory 1 2) (func (export "call")))"#, false),
            (r#"(module (func (export "call")))"#, false),
            (
                r#"(module (import "env" "memory" (memory 1 2)) (import "env" "more" (memory 1 2)) (func (export "call")))"#,
                false,
            ),
            (
                r#"(module (import "env" "memory" (memory 1 2)) (import "env" "g" (global i32)) (func (export "call")))"#,
                false,
            ),
            (
                r#"(module (import "env" "memory" (memory 1 2)) (func $f (export "call")) (start $f))"#,
                false,
            ),
        ] {
            let code = wat::parse_str(text).unwrap();
            assert_eq!(own_memory(&code).is_ok(), runs, "{text}");
        }
    }

    #[test]
    fn bytes_that_end_early_are_refused_at_every_length() {
        let text = r#"(module (import "env" "memory" (memory 1 2)) (data (i32.const 0) "x") (func (export "call")))"#;
        let code = wat::parse_str(text).unwrap();
        for length in 0..code.len() {
            // The last section may be missing as a whole: what is left is a module without it.
            if let Ok(module) = own_memory(&code[..length]) {
                assert!(
                    wasmparser::Parser::new(0).parse_all(&module).all(|part| part.is_ok()),
                    "{length}"
                );
            }
        }
        assert!(own_memory(b"").is_err());
    }
}
