//! Directories of a test's own, and running the command there.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The directory that `make plugins` fills.
pub fn plugins() -> PathBuf {
    let beside_the_build = || PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../plugins");
    let directory =
        std::env::var_os("PACT_WASM_TEST_PLUGINS").map_or_else(beside_the_build, PathBuf::from);
    assert!(
        directory.is_dir(),
        "{} is missing; run `make plugins` first",
        directory.display()
    );
    directory.canonicalize().unwrap()
}

/// The directory of a plugin, for instance `jwt-0.1.0`.
pub fn plugin(name: &str) -> PathBuf {
    let directory = plugins().join(name);
    assert!(
        directory.is_dir(),
        "{} is missing; run `make plugins` first",
        directory.display()
    );
    directory
}

/// A component, for instance of `jwt-0.1.0`.
pub fn component(name: &str) -> PathBuf {
    let (stem, _) = name.rsplit_once('-').unwrap();
    plugin(name).join(format!("{stem}.wasm"))
}

/// Compiled plugins are shared by all tests, because compiling takes most of the time. The library wants it private.
fn cache() -> PathBuf {
    let of_target = || PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cli-cache");
    let directory = std::env::var_os("PACT_WASM_TEST_CACHE").map_or_else(of_target, PathBuf::from);
    fs::create_dir_all(&directory).unwrap();
    directory
}

/// What frameworks wait for, and `install` with them.
pub const SAY_PORT: &str = r#"echo '{"port": 1, "serverKey": "key"}'"#;

/// Where one test lives.
pub struct Sandbox {
    root: TempDir,
    cache: PathBuf,
}

/// What came of a command.
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// Standard output of a command that went well.
    pub fn good(self) -> String {
        assert_eq!(
            (self.code, self.stderr.as_str()),
            (0, ""),
            "{}",
            self.stdout
        );
        self.stdout
    }

    /// The message of a command that failed with this code, without anything on standard output.
    pub fn error(self, code: i32) -> String {
        assert_eq!(
            (self.code, self.stdout.as_str()),
            (code, ""),
            "{}",
            self.stderr
        );
        let message = self
            .stderr
            .strip_prefix("error: ")
            .expect("a message that begins with error:");
        message.trim_end().to_string()
    }

    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|e| panic!("{e}: {} {}", self.stdout, self.stderr))
    }
}

impl Sandbox {
    pub fn new() -> Self {
        let root = tempfile::Builder::new()
            .prefix("pact-wasm-cli-")
            .tempdir()
            .unwrap();
        fs::create_dir(root.path().join("home")).unwrap();
        Sandbox {
            root,
            cache: cache(),
        }
    }

    /// One whose compiled plugins are its own, too.
    pub fn with_cache() -> Self {
        let mut sandbox = Self::new();
        sandbox.cache = sandbox.path("cache");
        sandbox
    }

    /// A path inside.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.path().canonicalize().unwrap().join(relative)
    }

    /// Where plugins are installed.
    pub fn plugin_dir(&self) -> PathBuf {
        self.path("plugins")
    }

    /// Writes a file, with the directories that it needs.
    pub fn write(&self, relative: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// A copy of a built plugin, with changes to its manifest.
    pub fn copy_of(&self, name: &str, change: impl FnOnce(&mut Value)) -> PathBuf {
        let copy = self.path(&format!("copies/{name}"));
        fs::create_dir_all(&copy).unwrap();
        for entry in fs::read_dir(plugin(name)).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
        }
        let file = copy.join("pact-plugin.json");
        let mut manifest: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        change(&mut manifest);
        fs::write(&file, manifest.to_string()).unwrap();
        copy
    }

    /// An executable that stands for the bridge.
    pub fn bridge(&self) -> PathBuf {
        self.script("bin/pact-wasm-bridge", SAY_PORT)
    }

    /// An executable that a shell runs.
    pub fn script(&self, relative: &str, commands: &str) -> PathBuf {
        let script = self.write(relative, format!("#!/bin/sh\n{commands}\n"));
        make_executable(&script);
        script
    }

    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.root.path())
            .env("PACT_PLUGIN_DIR", self.plugin_dir())
            .env("XDG_CACHE_HOME", &self.cache)
            .env("HOME", self.path("home"))
            .env("PATH", "")
            .env_remove("NO_COLOR");
        command
    }

    pub fn run<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Outcome {
        self.run_with(arguments, "")
    }

    /// Runs it with something on standard input.
    pub fn run_with<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S], input: &str) -> Outcome {
        self.finish(
            self.command(Path::new(env!("CARGO_BIN_EXE_pact-wasm")))
                .args(arguments),
            input,
        )
    }

    pub fn finish(&self, command: &mut Command, input: &str) -> Outcome {
        let command = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that takes no input may have ended.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Outcome {
            code: output.status.code().expect("an exit code"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Installs a built plugin.
    pub fn install(&self, name: &str) {
        let plugin = plugin(name);
        self.run(&["install", plugin.to_str().unwrap()]).good();
    }

    /// All files below a directory, relative and in order.
    pub fn files(&self, directory: &Path) -> Vec<String> {
        fn walk(directory: &Path, prefix: &str, found: &mut Vec<String>) {
            for entry in fs::read_dir(directory).into_iter().flatten() {
                let entry = entry.unwrap();
                let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
                match entry.file_type().unwrap().is_dir() {
                    true => walk(&entry.path(), &format!("{name}/"), found),
                    false => found.push(name),
                }
            }
        }
        let mut found = Vec::new();
        walk(directory, "", &mut found);
        found.sort();
        found
    }
}

#[cfg(unix)]
pub fn make_executable(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
pub fn make_executable(_: &Path) {}

/// For arguments.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The fields that a `.json` file has.
pub fn read_json(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}
