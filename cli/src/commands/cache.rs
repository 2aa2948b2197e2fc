//! `cache`: the compiled plugins.

use std::path::Path;

use pact_wasm::driver::config::CacheDirectory;
use pact_wasm::runtime::artifact_cache::ArtifactCache;
use serde::Serialize;

use crate::arguments::{Cache, CacheAction};
use crate::error::{Error, Result};
use crate::output::{Output, Report, ShownPath, Style, size};

#[derive(Serialize)]
struct Content {
    directory: Option<ShownPath>,
    files: Vec<CachedFile>,
    size: u64,
    removed: bool,
}

#[derive(Serialize)]
struct CachedFile {
    file: ShownPath,
    size: u64,
}

impl Report for Content {
    fn text(&self, style: Style) -> String {
        let Some(directory) = &self.directory else {
            return "there is no home directory, so nothing is kept".to_string();
        };
        let directory = style.bold(directory.display());
        let count = match self.files.len() {
            1 => "1 file".to_string(),
            count => format!("{count} files"),
        };
        let total = size(self.size);
        if self.removed {
            return format!("{directory}: removed {count}, {total}");
        }
        let mut lines = vec![format!("{directory}: {count}, {total}")];
        for CachedFile { file, size: bytes } in &self.files {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            lines.push(format!("{:>9}  {name}", size(*bytes)));
        }
        lines.join("\n")
    }
}

pub fn run(arguments: &Cache, output: &Output) -> Result<()> {
    let cache = ArtifactCache::new(&CacheDirectory::User);
    let directory = cache.directory().map(Path::to_path_buf);
    let action = arguments.action.unwrap_or(CacheAction::Info);
    let files = match action {
        CacheAction::Info => cache.files(),
        CacheAction::Clean => cache.clear(),
    };
    let place = directory.clone().unwrap_or_default();
    let files = files.map_err(Error::io(&place, "the cache cannot be used"))?;
    output.report(&Content {
        directory: directory.map(Into::into),
        size: files.iter().map(|(_, size)| size).sum(),
        files: files
            .into_iter()
            .map(|(file, size)| CachedFile {
                file: file.into(),
                size,
            })
            .collect(),
        removed: matches!(action, CacheAction::Clean),
    });
    Ok(())
}
