//! What of a directory a plugin can open: files and directories. A pipe or a device may keep whoever opens or reads it for
//! ever, and neither the deadline nor the cancel switch of the call would reach it.

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::filesystem::WasiFilesystemView;
use wasmtime_wasi::p2::bindings::sync::filesystem::types::{
    Descriptor, DescriptorFlags, DescriptorType, ErrorCode, Host, HostDescriptor, OpenFlags,
    PathFlags,
};

use crate::runtime::instance::State;

/// The interface, in the version that wasmtime-wasi implements. A test notices when that changes.
const INTERFACE: &str = "wasi:filesystem/types@0.2.12";

type Arguments = (
    Resource<Descriptor>,
    PathFlags,
    String,
    OpenFlags,
    DescriptorFlags,
);

type Opened = Result<Resource<Descriptor>, ErrorCode>;

/// Puts a function for opening in place of WASI's. The linker must allow shadowing.
pub fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let open = |mut store: StoreContextMut<'_, State>, arguments: Arguments| {
        open_at(store.data_mut(), arguments).map(|opened| (opened,))
    };
    linker
        .instance(INTERFACE)?
        .func_wrap("[method]descriptor.open-at", open)
}

fn open_at(state: &mut State, arguments: Arguments) -> wasmtime::Result<Opened> {
    let (directory, path_flags, path, open_flags, flags) = arguments;
    let mut files = state.filesystem();
    let same = Resource::new_borrow(directory.rep());
    // What does not exist yet will be a file. Any other error is for WASI's own function to find.
    if let Ok(found) = files.stat_at(same, path_flags, path.clone())
        && !may_be_opened(found.type_)
    {
        return Ok(Err(ErrorCode::NotPermitted));
    }
    match files.open_at(directory, path_flags, path, open_flags, flags) {
        Ok(descriptor) => Ok(Ok(descriptor)),
        Err(error) => Host::convert_error_code(&mut files, error).map(Err),
    }
}

fn may_be_opened(kind: DescriptorType) -> bool {
    matches!(
        kind,
        DescriptorType::RegularFile | DescriptorType::Directory | DescriptorType::SymbolicLink
    )
}
