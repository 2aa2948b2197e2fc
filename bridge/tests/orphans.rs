//! The bridge ends when its parent does, however that died, and however it was started.

mod common;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use common::{Bridge, command, plugin};

/// The bar is one second; what the machine does beside counts as well.
const SOON: Duration = Duration::from_secs(1);

/// A parent that starts a bridge, tells the bridge's process, and waits to be killed. `$0` is the bridge, `$1` a directory.
fn parent(script: &str, directory: &Path) -> (Child, BufReader<ChildStdout>) {
    let bridge = command(&plugin("echo"));
    let mut parent = Command::new("bash");
    parent
        .args(["-c", script])
        .arg(bridge.get_program())
        .arg(directory)
        .current_dir(bridge.get_current_dir().unwrap())
        .env("XDG_CACHE_HOME", common::cache())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut parent = parent.spawn().unwrap();
    let stdout = BufReader::new(parent.stdout.take().unwrap());
    (parent, stdout)
}

fn line(stdout: &mut impl BufRead) -> String {
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    line.trim().to_string()
}

/// Whether a process runs; one that waits to be reaped does not.
fn runs(process: &str) -> bool {
    let stat = fs::read_to_string(Path::new("/proc").join(process).join("stat"));
    stat.is_ok_and(|it| !it.rsplit_once(')').unwrap().1.trim_start().starts_with('Z'))
}

/// How long a process goes on.
fn time_to_end(process: &str) -> Duration {
    let start = Instant::now();
    while runs(process) {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{process} goes on"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    start.elapsed()
}

/// Waits until a bridge has written its line to a file, so that it watches its parent.
fn wait_for_line(file: &Path) {
    let start = Instant::now();
    while !fs::read_to_string(file).is_ok_and(|it| it.contains('\n')) {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "no line in {}",
            file.display()
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn kill(parent: &mut Child) {
    parent.kill().unwrap();
    parent.wait().unwrap();
}

/// Started directly: `bash` is the parent and reads the pipe.
const DIRECTLY: &str = r#"coproc "$0" 2>/dev/null; read -r -u "${COPROC[0]}" line; echo "$COPROC_PID"; echo "$line"; cat"#;

#[test]
fn it_ends_when_its_parent_is_killed() {
    let (mut parent, mut stdout) = parent(DIRECTLY, Path::new("."));
    let bridge = line(&mut stdout);
    common::port_and_key(&line(&mut stdout));
    assert!(runs(&bridge));
    kill(&mut parent);
    let time = time_to_end(&bridge);
    assert!(time < SOON, "{time:?}");
}

#[test]
fn it_ends_when_its_parent_exits() {
    let (mut parent, mut stdout) = parent(DIRECTLY, Path::new("."));
    let bridge = line(&mut stdout);
    line(&mut stdout);
    drop(parent.stdin.take());
    // The parent ends because its own input does, without a word to the bridge.
    let time = time_to_end(&bridge);
    assert!(time < SOON, "{time:?}");
    kill(&mut parent);
}

/// The shell between the two goes on living, and so the bridge keeps its parent.
#[test]
fn it_ends_when_the_parent_of_the_shell_that_started_it_is_killed() {
    let script = r#"coproc sh -c '"$0" & echo $!; wait; exec sleep 60' "$0" 2>/dev/null
        read -r -u "${COPROC[0]}" process; read -r -u "${COPROC[0]}" line; echo "$process"; echo "$line"; cat"#;
    let (mut parent, mut stdout) = parent(script, Path::new("."));
    let bridge = line(&mut stdout);
    line(&mut stdout);
    assert!(runs(&bridge));
    kill(&mut parent);
    let time = time_to_end(&bridge);
    assert!(time < SOON, "{time:?}");
}

/// As an `entryPoint` that is a script does it, and whatever else stands between the two and waits. Nothing reads the pipes.
#[test]
fn it_ends_when_the_parent_of_its_launchers_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    let script = directory.path().join("run-bridge");
    fs::write(&script, "#!/bin/sh\n\"$BRIDGE\" \"$@\"\ntrue\n").unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&script, executable).unwrap();
    for launchers in [
        r#""$1/run-bridge""#,
        r#"sh -c "sh -c '\"\$BRIDGE\"; true'; true""#,
        r#"timeout 60 "$BRIDGE""#,
        r#"timeout 60 env A=B nice sh -c '"$BRIDGE"; true'"#,
    ] {
        let output = directory.path().join("out");
        let _ = fs::remove_file(&output);
        // What it says is in a file, and it is found by what only its environment has.
        let start = format!(
            r#"export BRIDGE="$0"; {launchers} >"$1/out" 2>"$1/err" & while ! test -s "$1/out"; do sleep 0.01; done
            echo ready; cat"#
        );
        let (mut parent, mut stdout) = parent(&start, directory.path());
        assert_eq!(line(&mut stdout), "ready", "{launchers}");
        let bridge = descendant(parent.id());
        kill(&mut parent);
        let time = time_to_end(&bridge.to_string());
        assert!(time < SOON, "{launchers}: {time:?}");
    }
}

/// The bridge below a process.
fn descendant(process: u32) -> u32 {
    let children = format!("/proc/{process}/task/{process}/children");
    let children = fs::read_to_string(children).unwrap();
    let mut children = children.split_whitespace().map(|it| it.parse().unwrap());
    let is_bridge = |it: &u32| {
        let program = fs::read_link(format!("/proc/{it}/exe")).unwrap();
        program == Path::new(env!("CARGO_BIN_EXE_pact-wasm-bridge"))
    };
    let child: u32 = children.next().expect("a child");
    match is_bridge(&child) {
        true => child,
        false => descendant(child),
    }
}

/// Its pipes stay open, held by another child of the parent's, as a forked Python process does it.
#[test]
fn it_ends_though_others_hold_its_pipes() {
    let directory = tempfile::tempdir().unwrap();
    let script = r#"exec 3> >(exec tee "$1/out"); "$0" 2>&3 >&3 & echo $!; cat"#;
    let (mut parent, mut stdout) = parent(script, directory.path());
    let bridge = line(&mut stdout);
    wait_for_line(&directory.path().join("out"));
    kill(&mut parent);
    let time = time_to_end(&bridge);
    assert!(time < SOON, "{time:?}");
}

/// A driver may stop reading one of the two, and still be there.
#[test]
fn it_goes_on_while_one_pipe_is_read() {
    let mut bridge = command(&plugin("echo")).spawn().unwrap();
    let mut stdout = BufReader::new(bridge.stdout.take().unwrap());
    line(&mut stdout);
    drop(stdout);
    std::thread::sleep(SOON);
    assert!(runs(&bridge.id().to_string()));
    drop(bridge.stderr.take());
    let time = time_to_end(&bridge.id().to_string());
    assert!(time < SOON, "{time:?}");
    bridge.wait().unwrap();
}

/// Its driver may have died before the bridge could see who that was.
#[test]
fn it_ends_when_nobody_initialises_it() {
    let mut bridge = command(&plugin("echo"));
    let output = bridge.args(["--init-within", "1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    let reason = "nobody has initialised the plugin within 1 s; ending";
    assert!(stderr.contains(reason), "{stderr}");
}

#[tokio::test]
async fn it_goes_on_when_it_has_been_initialised() {
    let bridge = Bridge::start(command(&plugin("echo")).args(["--init-within", "2"]));
    let start = Instant::now();
    bridge.ready().await;
    assert!(start.elapsed() < Duration::from_secs(2), "too late");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(runs(&bridge.id().to_string()));
}

#[test]
fn fifty_of_them_leave_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let script = r#"for i in $(seq 50); do "$0" 2>/dev/null >"$1/$i" & echo $!; done; echo; cat"#;
    let (mut parent, mut stdout) = parent(script, directory.path());
    let mut bridges = Vec::new();
    loop {
        match line(&mut stdout) {
            end if end.is_empty() => break,
            process => bridges.push(process),
        }
    }
    assert_eq!(bridges.len(), 50);
    for number in 1..=50 {
        wait_for_line(&directory.path().join(number.to_string()));
    }
    kill(&mut parent);
    let start = Instant::now();
    for bridge in &bridges {
        time_to_end(bridge);
    }
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}
