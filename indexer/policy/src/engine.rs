//! Running a contract's message in process: limits, the pool of instances, and how a run ends.

use crate::{
    host::{OFFERED, Run, Setting, Stop, blake2, offer},
    module::{MAX_PAGES, MEMORY, ModuleError, own_memory},
};
use aegle_chain::{ChainError, dry_run};
use aegle_rules::{Hash, message::Message};
use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, InstancePre, Linker, Module, ModuleExport, PoolingAllocationConfig,
    Store, Trap,
};

/// The instructions that one question may take. The dearest questions that the rules allow take a fiftieth.
pub const MAX_FUEL: u64 = 50_000_000;
/// The bytes of stack that a contract may use of the thread that runs it.
const MAX_STACK_BYTES: usize = 512 * 1024;
/// The instances that there are at the same time at most.
pub(crate) const MAX_INSTANCES: u32 = 64;
/// The bytes of an instance's memory that are cleared and kept, instead of given back to the system.
const RESIDENT_BYTES: usize = 256 * 1024;
/// The bytes of a page of WebAssembly.
const PAGE_BYTES: usize = 64 * 1024;
/// `ReturnFlags::REVERT` of pallet-contracts.
const REVERT: u32 = 1;

/// A reason why a message has no answer. No answer is a no.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The runtime could not be set up.
    #[error("the runtime of the contract's code cannot be set up: {0}")]
    Setup(String),
    /// The code's hash is not the one that the chain names.
    #[error("the node gave code with hash {found} instead of {expected}")]
    OtherCode {
        /// The hash that the chain names.
        expected: Hash,
        /// The hash of what the node gave.
        found: Hash,
    },
    /// The code is not a contract's.
    #[error(transparent)]
    Module(#[from] ModuleError),
    /// The code cannot be compiled.
    #[error("the contract's code cannot be compiled: {0}")]
    Compile(String),
    /// The message used up its instructions.
    #[error("the question took more than {MAX_FUEL} instructions: ask about fewer grants")]
    OutOfFuel,
    /// The message wanted to write, or to use something that a message that only reads does not need.
    #[error("the contract wanted {0}, which a question may not do")]
    Forbidden(String),
    /// The message trapped.
    #[error("the contract failed: {0}")]
    Trapped(String),
    /// The message took back what it did, and answered nothing.
    #[error("the contract refused the question")]
    Reverted,
    /// The answer makes no sense.
    #[error("the contract's answer cannot be read: {0}")]
    Answer(#[from] ChainError),
}

/// How a run ended.
pub(crate) enum Outcome<T> {
    Answer(T),
    /// A key whose value has to be read first.
    Missing(crate::cells::Key),
}

/// The runtime that contracts run in. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Engine {
    wasm: wasmtime::Engine,
    linker: Linker<Run>,
}

/// A contract's code, ready to run.
pub(crate) struct Code {
    hash: Hash,
    wasm: wasmtime::Engine,
    instance: InstancePre<Run>,
    call: ModuleExport,
    memory: ModuleExport,
}

impl Engine {
    /// Sets the runtime up.
    ///
    /// # Errors
    /// [`EngineError::Setup`].
    pub(crate) fn new() -> Result<Self, EngineError> {
        let failed = |error: wasmtime::Error| EngineError::Setup(error.to_string());
        let mut pool = PoolingAllocationConfig::new();
        pool.total_core_instances(MAX_INSTANCES)
            .total_memories(MAX_INSTANCES)
            .total_tables(MAX_INSTANCES)
            .max_memory_size(MAX_PAGES as usize * PAGE_BYTES)
            .linear_memory_keep_resident(RESIDENT_BYTES)
            .table_keep_resident(PAGE_BYTES)
            // Where the system can tell which pages were touched, only those are cleared.
            .pagemap_scan(Enabled::Auto)
            .max_unused_warm_slots(MAX_INSTANCES);
        let mut config = Config::new();
        config
            .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
            .consume_fuel(true)
            .max_wasm_stack(MAX_STACK_BYTES)
            // Nobody reads them, and they take a third of the time.
            .wasm_backtrace_max_frames(None)
            .wasm_multi_memory(false)
            .wasm_memory64(false);
        let wasm = wasmtime::Engine::new(&config).map_err(failed)?;
        let mut linker = Linker::new(&wasm);
        offer(&mut linker).map_err(failed)?;
        Ok(Self { wasm, linker })
    }

    /// Compiles code whose hash the chain names. This takes a tenth of a second.
    ///
    /// # Errors
    /// [`EngineError`].
    pub(crate) fn compile(&self, expected: Hash, code: &[u8]) -> Result<Code, EngineError> {
        let found = Hash(blake2(code));
        if found != expected {
            return Err(EngineError::OtherCode { expected, found });
        }
        let failed = |error: wasmtime::Error| EngineError::Compile(format!("{error:#}"));
        let module = Module::new(&self.wasm, own_memory(code)?).map_err(failed)?;
        let mut linker = self.linker.clone();
        for import in module.imports() {
            let known = OFFERED.contains(&(import.module(), import.name()));
            if let (false, Some(ty)) = (known, import.ty().func()) {
                let name = format!("{}.{}", import.module(), import.name());
                linker
                    .func_new(import.module(), import.name(), ty.clone(), move |_, _, _| {
                        Err(wasmtime::Error::new(Stop::Forbidden(name.clone())))
                    })
                    .map_err(failed)?;
            }
        }
        let export = |name| module.get_export_index(name).ok_or(ModuleError::Part("missing export"));
        Ok(Code {
            hash: expected,
            wasm: self.wasm.clone(),
            call: export("call")?,
            memory: export(MEMORY)?,
            instance: linker.instantiate_pre(&module).map_err(failed)?,
        })
    }
}

impl Code {
    /// Returns the code's hash.
    pub(crate) fn hash(&self) -> Hash {
        self.hash
    }

    /// Asks a message of the contract, in an instance of its own.
    ///
    /// # Errors
    /// [`EngineError`].
    pub(crate) fn ask<M: Message>(&self, setting: &Setting, message: &M) -> Result<Outcome<M::Output>, EngineError> {
        let (flags, data) = match self.run(setting, message.call_data())? {
            Outcome::Missing(key) => return Ok(Outcome::Missing(key)),
            Outcome::Answer(answer) => answer,
        };
        if flags & REVERT != 0 {
            return Err(EngineError::Reverted);
        }
        Ok(Outcome::Answer(dry_run::output(&data, setting.contract, M::NAME)?))
    }

    fn run(&self, setting: &Setting, input: Vec<u8>) -> Result<Outcome<(u32, Vec<u8>)>, EngineError> {
        let run = Run {
            setting: setting.clone(),
            input,
            memory: None,
        };
        let mut store = Store::new(&self.wasm, run);
        match self.call(&mut store) {
            // A message that ends without a word answers no bytes.
            Ok(()) => Ok(Outcome::Answer((0, Vec::new()))),
            Err(error) => ended(error),
        }
    }

    fn call(&self, store: &mut Store<Run>) -> wasmtime::Result<()> {
        store.set_fuel(MAX_FUEL)?;
        let instance = self.instance.instantiate(&mut *store)?;
        let memory = instance.get_module_export(&mut *store, &self.memory);
        store.data_mut().memory = memory.and_then(wasmtime::Extern::into_memory);
        let call = instance.get_module_export(&mut *store, &self.call);
        let call = call.and_then(wasmtime::Extern::into_func).ok_or(Trap::NullReference)?;
        call.typed::<(), ()>(&*store)?.call(store, ())
    }
}

/// Reads why a run has ended.
fn ended(error: wasmtime::Error) -> Result<Outcome<(u32, Vec<u8>)>, EngineError> {
    if error.downcast_ref::<Trap>() == Some(&Trap::OutOfFuel) {
        return Err(EngineError::OutOfFuel);
    }
    match error.downcast::<Stop>() {
        Ok(Stop::Answer { flags, data }) => Ok(Outcome::Answer((flags, data))),
        Ok(Stop::Missing(key)) => Ok(Outcome::Missing(key)),
        Ok(Stop::Forbidden(name)) => Err(EngineError::Forbidden(name)),
        Ok(stop @ Stop::Bounds) => Err(EngineError::Trapped(stop.to_string())),
        Err(error) => Err(EngineError::Trapped(format!("{error:#}"))),
    }
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
