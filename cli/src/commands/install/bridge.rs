//! Where the bridge is.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Its absolute path, as manifests have it: the given one, the one beside this program, or the first one in PATH.
pub fn find(given: Option<&Path>) -> Result<String> {
    let name = format!("pact-wasm-bridge{}", env::consts::EXE_SUFFIX);
    let found = match given {
        Some(path) if is_executable(path) => path.to_path_buf(),
        Some(path) => {
            let path = path.display();
            return Err(Error::Usage(format!("--bridge: {path} is no executable file")));
        }
        None => search(&name).ok_or_else(|| {
            Error::Bridge(format!(
                "{name} is neither beside this program nor in PATH; install it, or say where it is with --bridge"
            ))
        })?,
    };
    let absolute = std::path::absolute(&found).map_err(Error::io(&found, "is no usable path"))?;
    absolute.into_os_string().into_string().map_err(|path| {
        let path = path.to_string_lossy();
        Error::Bridge(format!(
            "{path}: the path is no UTF-8, which manifests are; move the bridge to another place"
        ))
    })
}

fn search(name: &str) -> Option<PathBuf> {
    let own = env::current_exe().ok();
    let beside = own.and_then(|it| Some(it.parent()?.to_path_buf()));
    let path = env::var_os("PATH").unwrap_or_default();
    let mut candidates = beside
        .into_iter()
        .chain(env::split_paths(&path))
        .map(|it| it.join(name));
    candidates.find(|it| is_executable(it))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}
