//! Archives of releases: reading those of strangers, and writing our own.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

use crate::error::{Error, Result};
use crate::files;
use crate::names::check_file_name;

/// More than any plugin has. The largest known, a Python interpreter with its library, is one file of 18 MB.
const MOST_ENTRIES: usize = 1_000;
const MOST_BYTES: u64 = 512 << 20;
const MOST_LEVELS: usize = 16;

/// SHA-256 as `sha256sum` writes it.
pub fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where the checksum of an archive is.
pub fn checksum_file(archive: &Path) -> PathBuf {
    let mut name = archive.as_os_str().to_os_string();
    name.push(".sha256");
    name.into()
}

/// The content of an archive file, if it has the checksum that lies beside it.
pub fn read_verified(archive: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(archive).map_err(Error::io(archive, "cannot be read"))?;
    let file = checksum_file(archive);
    let invalid = |reason: &str| Error::Checksum {
        file: file.clone(),
        reason: reason.to_string(),
    };
    let text = fs::read_to_string(&file).map_err(|e| {
        invalid(&format!(
            "the checksum of the archive cannot be read: {e}; put it there, or pass --no-verify"
        ))
    })?;
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    let expected = listed_digest(&text, &name).ok_or_else(|| {
        invalid(&format!(
            "holds no SHA-256 of {name}; it must be 64 hexadecimal digits, two spaces and the name"
        ))
    })?;
    let actual = digest(&bytes);
    if expected == actual {
        return Ok(bytes);
    }
    Err(Error::Checksum {
        file: archive.to_path_buf(),
        reason: format!(
            "its SHA-256 is {actual}, but {} says {expected}; the archive is damaged or not the one that was released",
            file.display()
        ),
    })
}

/// The digest of a file in the output of `sha256sum`: `<digest>  <name>`, or ` *` for what was read as binary. A digest alone is
/// that of whatever file it lies beside.
fn listed_digest(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (digest, rest) = line.trim_end().split_at_checked(64)?;
        let is_digest = digest.bytes().all(|it| it.is_ascii_hexdigit());
        let named = rest.strip_prefix("  ").or_else(|| rest.strip_prefix(" *"));
        let is_of_it = rest.is_empty() || named == Some(name);
        (is_digest && is_of_it).then(|| digest.to_ascii_lowercase())
    })
}

/// Unpacks the archive `file`, whose content is `bytes`, into a directory that is empty. Nothing is written before all names are
/// seen to be harmless.
pub fn unpack(file: &Path, bytes: &[u8], directory: &Path) -> Result<()> {
    unpack_within(MOST_BYTES, file, bytes, directory)
}

fn unpack_within(most_bytes: u64, file: &Path, bytes: &[u8], directory: &Path) -> Result<()> {
    let too_large = || format!("unpacks to more than {} MiB", most_bytes >> 20);
    let refused = |reason: String| Error::Archive {
        file: file.to_path_buf(),
        reason,
    };
    let mut archive = ZipArchive::new(BufReader::new(Cursor::new(bytes)))
        .map_err(|e| refused(format!("is no usable ZIP archive: {e}")))?;
    check_count(bytes, &mut archive).map_err(&refused)?;
    let paths = check_entries(&mut archive).map_err(&refused)?;
    let declared = archive.decompressed_size();
    if declared.is_some_and(|it| it > u128::from(most_bytes)) {
        return Err(refused(too_large()));
    }
    let mut left = most_bytes;
    for (index, path) in paths {
        let target = directory.join(path);
        files::create_parent(&target)?;
        let entry = archive
            .by_index(index)
            .map_err(|e| refused(e.to_string()))?;
        let name = entry.name().to_string();
        let mut output =
            File::create_new(&target).map_err(Error::io(&target, "cannot be written"))?;
        // What a header says about sizes may be a lie.
        let copied = io::copy(&mut entry.take(left + 1), &mut output);
        let copied = copied.map_err(|e| refused(format!("{name} cannot be unpacked: {e}")))?;
        left = left
            .checked_sub(copied)
            .ok_or_else(|| refused(too_large()))?;
    }
    Ok(())
}

/// The reader keeps one of several entries with the same name, so their number tells whether there are any. It stands in the last
/// record of the file.
fn check_count<R: Read + Seek>(
    bytes: &[u8],
    archive: &mut ZipArchive<R>,
) -> std::result::Result<(), String> {
    const END: &[u8; 4] = b"PK\x05\x06";
    const END_LENGTH: usize = 22;
    let tail_start = bytes
        .len()
        .saturating_sub(END_LENGTH + archive.comment().len());
    let end = bytes
        .get(tail_start..tail_start + END_LENGTH)
        .filter(|it| it.starts_with(END));
    let end = end.ok_or("something follows the end of the archive")?;
    let declared = usize::from(u16::from_le_bytes([end[10], end[11]]));
    if declared > MOST_ENTRIES {
        return Err(format!(
            "has {declared} entries, and the most is {MOST_ENTRIES}"
        ));
    }
    match declared == archive.len() {
        true => Ok(()),
        false => Err("has two entries of one name".to_string()),
    }
}

/// The files of an archive, by index, if all entries are plain files and directories with harmless names.
fn check_entries<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
) -> std::result::Result<Vec<(usize, PathBuf)>, String> {
    let mut seen: HashMap<String, bool> = HashMap::new();
    let mut found = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|e| e.to_string())?;
        let name = entry.name().to_string();
        let refused = |reason: &str| format!("the entry \"{}\" {reason}", name.escape_debug());
        if std::str::from_utf8(entry.name_raw()).is_err() {
            return Err(refused("has a name that is no UTF-8"));
        }
        // The upper bits of a mode are the type. Archives that were not made on Unix have none.
        let kind = entry.unix_mode().unwrap_or(0) & 0o170_000;
        if !matches!(kind, 0 | 0o100_000 | 0o040_000) {
            return Err(refused("is a link or a special file"));
        }
        if entry.encrypted() {
            return Err(refused("is encrypted"));
        }
        let trimmed = name.strip_suffix('/').unwrap_or(&name);
        let levels: Vec<&str> = trimmed.split('/').collect();
        if levels.len() > MOST_LEVELS {
            return Err(refused("lies too deep"));
        }
        for level in &levels {
            check_file_name(level).map_err(|reason| {
                refused(&format!(
                    "cannot be unpacked: \"{}\" {reason}",
                    level.escape_debug()
                ))
            })?;
        }
        // Some systems do not tell upper from lower case.
        let folded = trimmed.to_lowercase();
        if seen.insert(folded, entry.is_dir()).is_some() {
            return Err(refused(
                "occurs twice, where upper and lower case are the same",
            ));
        }
        if !entry.is_dir() {
            found.push((index, levels.iter().collect()));
        }
    }
    for path in seen.keys() {
        let mut parents = Path::new(path).ancestors().skip(1).filter_map(Path::to_str);
        if parents.any(|it| seen.get(it) == Some(&false)) {
            return Err(format!(
                "the entry \"{}\" lies below a file",
                path.escape_debug()
            ));
        }
    }
    Ok(found)
}

/// An archive of these files, by path. The same files make the same archive, whoever packs them, where and when.
pub fn pack(contents: &[(PathBuf, Vec<u8>)]) -> zip::result::ZipResult<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(0o644)
        .system(System::Unix);
    for (path, content) in contents {
        let parts: Vec<_> = path.iter().map(|it| it.to_string_lossy()).collect();
        writer.start_file(parts.join("/"), options)?;
        writer.write_all(content)?;
    }
    let mut packed = writer.finish()?;
    packed.seek(SeekFrom::Start(0))?;
    Ok(packed.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_listed_as_sha256sum_does() {
        let hex = digest(b"");
        let upper = hex.to_uppercase();
        for text in [
            format!("{hex}  a.zip\n"),
            format!("{hex} *a.zip\r\n"),
            hex.clone(),
            format!("{upper}\n"),
            format!("{}  b.zip\n{hex}  a.zip\n", digest(b"b")),
        ] {
            assert_eq!(listed_digest(&text, "a.zip"), Some(hex.clone()), "{text}");
        }
        for text in [
            "",
            "abc  a.zip",
            &hex[1..],
            &format!("{hex}  b.zip"),
            &format!("{hex}a.zip"),
            &"g".repeat(64),
        ] {
            assert_eq!(listed_digest(text, "a.zip"), None, "{text}");
        }
    }

    #[test]
    fn what_sizes_say_does_not_matter() {
        const MIB: usize = 1 << 20;
        let honest = pack(&[(PathBuf::from("zeros"), vec![0; 2 * MIB])]).unwrap();
        // The size is in the header of the entry and in the directory at the end.
        let size = (2 * MIB as u32).to_le_bytes();
        let mut lying = honest.clone();
        let places: Vec<usize> = (0..lying.len() - 4)
            .filter(|it| lying[*it..*it + 4] == size)
            .collect();
        assert_eq!(places.len(), 2);
        for place in places {
            lying[place..place + 4].copy_from_slice(&7u32.to_le_bytes());
        }
        for bytes in [honest, lying] {
            let directory = tempfile::tempdir().unwrap();
            let unpack = |most| unpack_within(most, Path::new("a.zip"), &bytes, directory.path());
            let error = unpack(MIB as u64).unwrap_err().to_string();
            assert_eq!(
                error,
                "a.zip: unpacks to more than 1 MiB; nothing was installed"
            );
        }
    }
}
