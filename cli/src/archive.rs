//! Archives of releases: reading those of strangers, and writing our own.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
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
    let text = fs::read(&file).map_err(|e| {
        invalid(&format!(
            "the checksum of the archive cannot be read: {e}; put it there, or pass --no-verify"
        ))
    })?;
    let text = String::from_utf8(text)
        .map_err(|_| invalid("is no text in UTF-8, as sha256sum writes it; save it in UTF-8"))?;
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    let expected = listed_digest(&text, &name).ok_or_else(|| {
        invalid(&format!(
            "holds no SHA-256 of {name}; a line of it must be 64 hexadecimal digits, two spaces and the name, or SHA256 (name) = and the digits"
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

/// The digest of a file in the output of `sha256sum`, wherever the file was then. A digest alone is that of whatever file it lies
/// beside.
fn listed_digest(text: &str, name: &str) -> Option<String> {
    let text = text.trim_start_matches('\u{feff}');
    let lines: Vec<(&str, &str)> = text.lines().filter_map(digest_and_name).collect();
    let base_name = |path: &str| path.rsplit(['/', '\\']).next() == Some(name);
    let found = lines.iter().find(|(_, it)| it.is_empty() || *it == name);
    let found = found.or_else(|| lines.iter().find(|(_, path)| base_name(path)));
    found.map(|(digest, _)| digest.to_ascii_lowercase())
}

/// `<digest>  <name>`, or ` *` for what was read as binary; `SHA256 (<name>) = <digest>`, as BSD writes it; or a digest alone.
fn digest_and_name(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_end();
    let of_bsd = line
        .strip_prefix("SHA256 (")
        .and_then(|it| it.rsplit_once(") = "));
    let (digest, name) = match of_bsd {
        Some((name, digest)) => (digest, name),
        None => {
            let (digest, rest) = line.split_at_checked(64)?;
            let named = rest.strip_prefix("  ").or_else(|| rest.strip_prefix(" *"));
            (digest, named.or(rest.is_empty().then_some(""))?)
        }
    };
    let is_digest = digest.len() == 64 && digest.bytes().all(|it| it.is_ascii_hexdigit());
    is_digest.then_some((digest, name))
}

/// An archive of which all is known to be harmless but the sizes.
struct Checked<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    entries: Vec<Entry>,
}

struct Entry {
    index: usize,
    path: PathBuf,
    is_directory: bool,
}

/// Says why an archive cannot be unpacked, as far as that can be told without doing it.
pub fn check(bytes: &[u8]) -> std::result::Result<(), String> {
    open(MOST_BYTES, bytes).map(drop)
}

fn open(most_bytes: u64, bytes: &[u8]) -> std::result::Result<Checked<'_>, String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))
        .map_err(|e| format!("is no usable ZIP archive: {e}"))?;
    check_directory(bytes, &archive)?;
    let entries = check_entries(&mut archive)?;
    let declared = archive.decompressed_size();
    match declared.is_some_and(|it| it > u128::from(most_bytes)) {
        true => Err(too_large(most_bytes)),
        false => Ok(Checked { archive, entries }),
    }
}

fn too_large(most_bytes: u64) -> String {
    format!("unpacks to more than {} MiB", most_bytes >> 20)
}

/// Unpacks the archive `file`, whose content is `bytes`, into a directory that is empty. Nothing is written before all names are
/// seen to be harmless.
pub fn unpack(file: &Path, bytes: &[u8], directory: &Path) -> Result<()> {
    unpack_within(MOST_BYTES, file, bytes, directory)
}

fn unpack_within(most_bytes: u64, file: &Path, bytes: &[u8], directory: &Path) -> Result<()> {
    let refused = |reason: String| Error::Archive {
        file: file.to_path_buf(),
        reason: format!("{reason}; nothing was installed"),
    };
    let Checked {
        mut archive,
        entries,
    } = open(most_bytes, bytes).map_err(refused)?;
    let mut left = most_bytes;
    for entry in entries {
        let target = directory.join(entry.path);
        if entry.is_directory {
            files::create_directory(&target)?;
            continue;
        }
        files::create_parent(&target)?;
        let entry = archive
            .by_index(entry.index)
            .map_err(|e| refused(e.to_string()))?;
        let name = entry.name().to_string();
        let mut output =
            File::create_new(&target).map_err(Error::io(&target, "cannot be written"))?;
        // What a header says about sizes may be a lie.
        let copied = io::copy(&mut entry.take(left + 1), &mut output);
        let copied = copied.map_err(|e| refused(format!("{name} cannot be unpacked: {e}")))?;
        left = left
            .checked_sub(copied)
            .ok_or_else(|| refused(too_large(most_bytes)))?;
    }
    Ok(())
}

/// The reader keeps one of several entries with the same name, and believes one of several records that say how many there are. So
/// they are counted in the directory at the end, which must reach up to the last record.
fn check_directory<R>(bytes: &[u8], archive: &ZipArchive<R>) -> std::result::Result<(), String>
where
    R: Read + Seek,
{
    const END: &[u8; 4] = b"PK\x05\x06";
    const END_LENGTH: usize = 22;
    let end = bytes
        .len()
        .checked_sub(END_LENGTH + archive.comment().len());
    let end = end.filter(|it| bytes[*it..].starts_with(END));
    let end = end.ok_or("something follows the end of the archive")?;
    let start = usize::try_from(archive.central_directory_start()).unwrap_or(usize::MAX);
    let mut rest = bytes.get(start..end).ok_or("has no directory at its end")?;
    let mut names = HashSet::new();
    let mut count = 0;
    while !rest.is_empty() {
        let (name, others) = split_entry(rest).ok_or(
            "has something else than entries in the directory at its end; plugins are small enough to do without ZIP64",
        )?;
        if !names.insert(name) {
            return Err("has two entries of one name".to_string());
        }
        count += 1;
        rest = others;
    }
    if count > MOST_ENTRIES {
        return Err(format!(
            "has {count} entries, and the most is {MOST_ENTRIES}"
        ));
    }
    match count == archive.len() {
        true => Ok(()),
        false => Err(format!(
            "has {count} entries in the directory at its end, and says that they are {}",
            archive.len()
        )),
    }
}

/// The name of the first entry, and what follows the entry.
fn split_entry(directory: &[u8]) -> Option<(&[u8], &[u8])> {
    const ENTRY: &[u8; 4] = b"PK\x01\x02";
    const LENGTH: usize = 46;
    let header = directory.get(..LENGTH).filter(|it| it.starts_with(ENTRY))?;
    let length = |at: usize| usize::from(u16::from_le_bytes([header[at], header[at + 1]]));
    let name_end = LENGTH + length(28);
    let end = name_end + length(30) + length(32);
    Some((directory.get(LENGTH..name_end)?, directory.get(end..)?))
}

/// The entries of an archive, if all are plain files and directories with harmless names.
fn check_entries<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
) -> std::result::Result<Vec<Entry>, String> {
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
        found.push(Entry {
            index,
            path: levels.iter().collect(),
            is_directory: entry.is_dir(),
        });
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

/// An archive of these files and empty directories, by path. The same ones make the same archive, whoever packs them, where and
/// when.
pub fn pack(
    files: &[(PathBuf, Vec<u8>)],
    empty: &BTreeSet<PathBuf>,
) -> zip::result::ZipResult<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::DEFAULT)
        .system(System::Unix);
    for directory in empty {
        writer.add_directory(entry_name(directory), options.unix_permissions(0o755))?;
    }
    for (path, content) in files {
        writer.start_file(entry_name(path), options.unix_permissions(0o644))?;
        writer.write_all(content)?;
    }
    let mut packed = writer.finish()?;
    packed.seek(SeekFrom::Start(0))?;
    Ok(packed.into_inner())
}

fn entry_name(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|it| it.to_string_lossy()).collect();
    parts.join("/")
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
            format!("{}  old/a.zip\n{hex}  a.zip\n", digest(b"b")),
            format!("{hex}  ./a.zip\n"),
            format!("{hex} *release/a.zip\n"),
            format!("{hex} *release\\a.zip\n"),
            format!("\u{feff}{hex}  a.zip\n"),
            format!("SHA256 (a.zip) = {hex}\n"),
            format!("SHA256 (release/a.zip) = {upper}\n"),
        ] {
            assert_eq!(listed_digest(&text, "a.zip"), Some(hex.clone()), "{text}");
        }
        for text in [
            "",
            "abc  a.zip",
            &hex[1..],
            &format!("{hex}  b.zip"),
            &format!("{hex}a.zip"),
            &format!("{hex}  ba.zip"),
            &format!("SHA256 (b.zip) = {hex}"),
            "SHA256 (a.zip) = abc",
            &"g".repeat(64),
        ] {
            assert_eq!(listed_digest(text, "a.zip"), None, "{text}");
        }
    }

    #[test]
    fn what_sizes_say_does_not_matter() {
        const MIB: usize = 1 << 20;
        let zeros = [(PathBuf::from("zeros"), vec![0; 2 * MIB])];
        let honest = pack(&zeros, &BTreeSet::new()).unwrap();
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
