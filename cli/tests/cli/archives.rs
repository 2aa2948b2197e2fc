//! `install` on archives of strangers. Nothing of a refused one is left, inside of the plugin directory or outside.

use std::fs;
use std::io::{Cursor, Write};

use sha2::{Digest, Sha256};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::sandbox::{Sandbox, component, plugin, text};

/// A good plugin, and more.
struct Archive {
    writer: ZipWriter<Cursor<Vec<u8>>>,
}

impl Archive {
    fn new() -> Self {
        let mut archive = Archive {
            writer: ZipWriter::new(Cursor::new(Vec::new())),
        };
        archive.add(
            "pact-plugin.json",
            &fs::read(plugin("minimal-1.0.0").join("pact-plugin.json")).unwrap(),
        );
        archive.add(
            "minimal.wasm",
            &fs::read(component("minimal-1.0.0")).unwrap(),
        );
        archive
    }

    fn with(name: &str) -> Self {
        let mut archive = Self::new();
        archive.add(name, b"content");
        archive
    }

    fn add(&mut self, name: &str, content: &[u8]) {
        self.writer
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        self.writer.write_all(content).unwrap();
    }

    fn bytes(self) -> Vec<u8> {
        self.writer.finish().unwrap().into_inner()
    }
}

/// Writes names that the writer does not let through.
fn renamed(bytes: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut renamed = bytes;
    let mut count = 0;
    for place in 0..renamed.len() - from.len() {
        if renamed[place..].starts_with(from.as_bytes()) {
            renamed[place..place + to.len()].copy_from_slice(to.as_bytes());
            count += 1;
        }
    }
    assert_eq!(
        count, 2,
        "the header of the entry and the directory at the end"
    );
    renamed
}

/// The message with which an archive is refused, without the path in front and what stands behind each.
fn refusal(bytes: &[u8]) -> String {
    let sandbox = Sandbox::new();
    let file = sandbox.write("archives/inner/a.zip", bytes);
    let message = sandbox
        .run(&["install", "--no-verify", text(&file)])
        .error(1);
    assert_eq!(sandbox.files(&sandbox.plugin_dir()), [""; 0]);
    assert_eq!(
        fs::read_dir(sandbox.plugin_dir()).unwrap().count(),
        0,
        "staging is gone"
    );
    assert_eq!(sandbox.files(&sandbox.path("archives")), ["inner/a.zip"]);
    assert_eq!(sandbox.files(&sandbox.path("home")), [""; 0]);
    let message = message
        .strip_prefix(&format!("{}: ", file.display()))
        .expect("the archive's path");
    message
        .strip_suffix("; nothing was installed")
        .expect("what it means")
        .to_string()
}

#[test]
fn a_good_archive_is_installed() {
    let sandbox = Sandbox::new();
    let mut archive = Archive::with("docs/manual.md");
    archive
        .writer
        .add_directory("docs/empty/", SimpleFileOptions::default())
        .unwrap();
    let file = sandbox.write("a.zip", archive.bytes());
    sandbox.run(&["install", "--no-verify", text(&file)]).good();
    let installed = sandbox.files(&sandbox.plugin_dir());
    let expected = ["docs/manual.md", "minimal.wasm", "pact-plugin.json"];
    assert_eq!(installed, expected.map(|it| format!("minimal-1.0.0/{it}")));
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for (from, to, reason) in [
        ("xx/evil", "../evil", "\"..\" is empty or leads elsewhere"),
        (
            "a/xx/evil",
            "a/../evil",
            "\"..\" is empty or leads elsewhere",
        ),
        ("xetc/evil", "/etc/evil", "\"\" is empty or leads elsewhere"),
        ("a/./evil", "a/./evil", "\".\" is empty or leads elsewhere"),
        (
            "xx_evil.dll",
            "..\\evil.dll",
            "\"..\\\\evil.dll\" contains \\\\, which not every system has",
        ),
        (
            "C_evil",
            "C:evil",
            "\"C:evil\" contains :, which not every system has",
        ),
        (
            "evil_x",
            "evil\0x",
            "\"evil\\0x\" contains \\u{0}, which not every system has",
        ),
        (
            "NUL_txt",
            "NUL.txt",
            "\"NUL.txt\" is the name of a device on Windows",
        ),
        (
            "a/com1",
            "a/com1",
            "\"com1\" is the name of a device on Windows",
        ),
        (
            "evil__",
            "evil. ",
            "\"evil. \" ends with a dot or a space, which not every system has",
        ),
    ] {
        let bytes = match from == to {
            true => Archive::with(from).bytes(),
            false => renamed(Archive::with(from).bytes(), from, to),
        };
        let expected = format!(
            "the entry \"{}\" cannot be unpacked: {reason}",
            to.escape_debug()
        );
        assert_eq!(refusal(&bytes), expected);
    }
}

#[test]
fn links_are_refused() {
    for target in ["minimal.wasm", "/etc/passwd", "../../home"] {
        let mut archive = Archive::new();
        archive
            .writer
            .add_symlink("link", target, SimpleFileOptions::default())
            .unwrap();
        assert_eq!(
            refusal(&archive.bytes()),
            "the entry \"link\" is a link or a special file"
        );
    }
}

#[test]
fn entries_that_occur_twice_are_refused() {
    let mut archive = Archive::with("twice_1");
    archive.add("twice_2", b"other content");
    assert_eq!(
        refusal(&renamed(archive.bytes(), "twice_2", "twice_1")),
        "has two entries of one name"
    );

    let mut archive = Archive::with("README.md");
    archive.add("readme.md", b"other content");
    let reason = "the entry \"readme.md\" occurs twice, where upper and lower case are the same";
    assert_eq!(refusal(&archive.bytes()), reason);

    let mut archive = Archive::with("a");
    archive.add("A/b", b"other content");
    assert_eq!(
        refusal(&archive.bytes()),
        "the entry \"a/b\" lies below a file"
    );
}

/// Where the last record is.
fn end(bytes: &[u8]) -> usize {
    bytes.len() - 22
}

#[test]
fn entries_that_the_records_do_not_tell_of_are_refused() {
    let mut archive = Archive::with("twice_1");
    archive.add("twice_2", b"other content");
    let twice = renamed(archive.bytes(), "twice_2", "twice_1");
    // How many there are on this disk, and in all.
    for place in [8, 10] {
        let mut bytes = twice.clone();
        let place = end(&bytes) + place;
        bytes[place..place + 2].copy_from_slice(&3u16.to_le_bytes());
        assert_eq!(refusal(&bytes), "has two entries of one name");
    }
    let mut bytes = Archive::with("a").bytes();
    let place = end(&bytes) + 8;
    bytes[place..place + 2].copy_from_slice(&2u16.to_le_bytes());
    assert_eq!(
        refusal(&bytes),
        "has 3 entries in the directory at its end, and says that they are 2"
    );
}

#[test]
fn numbers_of_large_archives_are_refused() {
    let bytes = Archive::with("a").bytes();
    let (before, end) = bytes.split_at(end(&bytes));
    let mut large = before.to_vec();
    // ZIP64: a record with numbers of 8 bytes, and one that says where that is.
    large.extend(b"PK\x06\x06");
    large.extend(44u64.to_le_bytes());
    large.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    large.extend([3u64, 3].map(u64::to_le_bytes).concat());
    for place in [12, 16] {
        large.extend(&end[place..place + 4]);
        large.extend([0; 4]);
    }
    large.extend(b"PK\x06\x07");
    large.extend(0u32.to_le_bytes());
    large.extend((before.len() as u64).to_le_bytes());
    large.extend(1u32.to_le_bytes());
    large.extend(&end[..16]);
    large.extend([0xff; 4]);
    large.extend(&end[20..]);
    assert_eq!(
        refusal(&large),
        "has something else than entries in the directory at its end; plugins are small enough to do without ZIP64"
    );
}

#[test]
fn a_broken_manifest_is_named_as_it_is_in_the_archive() {
    for (manifest, reason) in [
        (
            "{,",
            "not a plugin manifest: key must be a string at line 1 column 2",
        ),
        (
            r#"{"name":"minimal","version":"one"}"#,
            "field \"version\" is \"one\", not a semantic version such as 1.2.3: unexpected character 'o' while parsing major version number",
        ),
        (
            r#"{"name":"minimal","version":"1.0.0","executableType":"wasm","entryPoint":"absent.wasm"}"#,
            "field \"entryPoint\" names …/absent.wasm, which cannot be read: No such file or directory (os error 2)",
        ),
    ] {
        let sandbox = Sandbox::new();
        let mut archive = Archive {
            writer: ZipWriter::new(Cursor::new(Vec::new())),
        };
        archive.add("pact-plugin.json", manifest.as_bytes());
        let file = sandbox.write("a.zip", archive.bytes());
        let json = sandbox
            .run(&["install", "--no-verify", "--json", text(&file)])
            .json();
        let error = &json["error"];
        let reason = reason.replace('…', text(&file));
        assert_eq!(
            error["message"],
            format!("{}/pact-plugin.json: {reason}", file.display())
        );
        assert_eq!(error["code"]["name"], "manifest-invalid");
    }
}

#[test]
fn bombs_are_refused() {
    let mut archive = Archive::new();
    for number in 0..1000 {
        archive.add(&format!("{number}.txt"), b"");
    }
    assert_eq!(
        refusal(&archive.bytes()),
        "has 1002 entries, and the most is 1000"
    );

    let mut archive = Archive::new();
    archive.add("zeros", &vec![0; (512 << 20) + 1]);
    assert_eq!(refusal(&archive.bytes()), "unpacks to more than 512 MiB");

    let deep = format!("{}file", "a/".repeat(16));
    assert_eq!(
        refusal(&Archive::with(&deep).bytes()),
        format!("the entry \"{deep}\" lies too deep")
    );
}

#[test]
fn damaged_archives_are_refused() {
    assert!(refusal(b"not an archive").starts_with("is no usable ZIP archive: "));
    let good = Archive::new().bytes();
    assert!(refusal(&good[..good.len() / 2]).starts_with("is no usable ZIP archive: "));
    let mut flipped = good.clone();
    flipped[200] ^= 0xff;
    assert!(
        refusal(&flipped).contains(" cannot be unpacked: "),
        "{}",
        refusal(&flipped)
    );
    let mut longer = good;
    longer.extend(b"trailing");
    assert_eq!(refusal(&longer), "something follows the end of the archive");
}

#[test]
fn an_archive_without_a_manifest_at_its_top_is_refused() {
    let mut archive = Archive {
        writer: ZipWriter::new(Cursor::new(Vec::new())),
    };
    archive.add("minimal-1.0.0/pact-plugin.json", b"{}");
    assert_eq!(
        refusal(&archive.bytes()),
        "has no pact-plugin.json at its top"
    );
}

#[test]
fn an_archive_needs_its_checksum() {
    let sandbox = Sandbox::new();
    let bytes = Archive::new().bytes();
    let digest: String = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let file = sandbox.write("a.zip", bytes);
    let install = || sandbox.run(&["install", text(&file)]);

    let message = install().error(1);
    assert!(
        message.contains("a.zip.sha256: the checksum of the archive cannot be read: "),
        "{message}"
    );
    assert!(
        message.ends_with("put it there, or pass --no-verify"),
        "{message}"
    );

    sandbox.write("a.zip.sha256", format!("{digest}  b.zip\n"));
    assert!(
        install()
            .error(1)
            .contains("holds no SHA-256 of a.zip; a line of it must be 64 hexadecimal digits, ")
    );

    let mut utf_16 = vec![0xff, 0xfe];
    utf_16.extend(
        format!("{digest}  a.zip\r\n")
            .encode_utf16()
            .flat_map(u16::to_le_bytes),
    );
    sandbox.write("a.zip.sha256", utf_16);
    let message = install().error(1);
    assert!(
        message.ends_with(
            "a.zip.sha256: is no text in UTF-8, as sha256sum writes it; save it in UTF-8"
        ),
        "{message}"
    );

    let wrong = "0".repeat(64);
    sandbox.write("a.zip.sha256", format!("{wrong}  a.zip\n"));
    let message = install().error(1);
    assert!(
        message.contains(&format!("its SHA-256 is {digest}, but ")),
        "{message}"
    );
    assert!(
        message.ends_with(&format!(
            "says {wrong}; the archive is damaged or not the one that was released"
        )),
        "{message}"
    );
    assert_eq!(sandbox.files(&sandbox.plugin_dir()), [""; 0]);

    for good in [
        format!("{digest}  a.zip\n"),
        format!("{} *a.zip\n", digest.to_uppercase()),
        digest,
    ] {
        sandbox.write("a.zip.sha256", good);
        install().good();
    }
}
