//! Where things are shown: reports on standard output, everything else on standard error. Colours and progress are for terminals.

use std::cell::OnceCell;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write, stderr, stdout};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::{Serialize, Serializer};

use crate::error::{Error, Result};
use crate::escape;

/// What a command found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything is as it should be.
    Good,
    /// The command did its work, and what it looked at is faulty.
    Faulty,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Good => ExitCode::SUCCESS,
            Outcome::Faulty => ExitCode::FAILURE,
        }
    }
}

/// What a command has to say.
pub trait Report: Serialize {
    /// For people: lines, without the line break of the last one.
    fn text(&self, style: Style) -> String;
}

/// A path in a report. JSON has no place for what is no UTF-8 in it, which is replaced.
#[derive(Debug, Clone)]
pub struct ShownPath(PathBuf);

impl From<PathBuf> for ShownPath {
    fn from(path: PathBuf) -> Self {
        ShownPath(path)
    }
}

impl Deref for ShownPath {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Serialize for ShownPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.display())
    }
}

/// How reports are shown.
pub struct Output {
    json: bool,
    style: Style,
    /// Why standard output does not take what is written to it.
    failure: OnceCell<io::Error>,
}

impl Output {
    /// As text, or as JSON.
    pub fn new(json: bool) -> Self {
        Output {
            json,
            style: Style(stdout().is_terminal() && colours_are_wanted()),
            failure: OnceCell::new(),
        }
    }

    /// Whether programs read it.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// The colours of standard output.
    pub fn style(&self) -> Style {
        self.style
    }

    /// Shows a report.
    pub fn report(&self, report: &impl Report) {
        if !self.json {
            self.line(&report.text(self.style));
            return;
        }
        match serde_json::to_string_pretty(report) {
            Ok(json) => self.write(&escape::for_json(&json)),
            Err(e) => self.failed(e.into()),
        }
    }

    /// A line of text on standard output.
    pub fn line(&self, line: &str) {
        self.write(&escape::for_terminal(line, self.style.sequences()));
    }

    fn write(&self, line: &str) {
        if let Err(e) = writeln!(stdout(), "{line}") {
            self.failed(e);
        }
    }

    fn failed(&self, error: io::Error) {
        // Whoever reads it may have enough of it before the end.
        if error.kind() != io::ErrorKind::BrokenPipe {
            let _ = self.failure.set(error);
        }
    }

    /// Whether everything could be written. Has to be asked at the end, because commands go on without their output.
    pub fn finish(self) -> Result<()> {
        match self.failure.into_inner() {
            None => Ok(()),
            Some(e) => Err(Error::io(Path::new("standard output"), "cannot be written")(e)),
        }
    }

    /// What went wrong: an object on standard output with `--json`, a message on standard error otherwise.
    pub fn error(&self, error: &Error) {
        if self.json {
            self.write(&escape::for_json(&format!("{:#}", error.to_json())));
            return;
        }
        let style = Style::of_complaints();
        complain(&format!("{} {error}", style.bad("error:")));
        if let Error::Plugin(error) = error
            && let Some(backtrace) = error.backtrace()
        {
            complain(&style.faint(backtrace));
        }
    }

    /// Says that something takes its time, until the result is dropped.
    pub fn progress(&self, message: impl Into<String>) -> Progress {
        // indicatif itself shows nothing where standard error is no terminal.
        let bar = match self.json {
            true => ProgressBar::hidden(),
            false => ProgressBar::new_spinner(),
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.set_message(escape::for_terminal(&message.into(), &[]));
        bar.enable_steady_tick(Duration::from_millis(100));
        Progress(bar)
    }
}

/// A line on standard error. Nobody may be there to read it.
pub fn complain(line: &str) {
    let line = escape::for_terminal(line, Style::of_complaints().sequences());
    let _ = writeln!(stderr(), "{line}");
}

/// A sign of life.
pub struct Progress(ProgressBar);

impl Progress {
    /// Says what is being done now.
    pub fn now(&self, message: &str) {
        self.0.set_message(escape::for_terminal(message, &[]));
    }

    /// Does something that writes to the terminal.
    pub fn paused<R>(&self, write: impl FnOnce() -> R) -> R {
        self.0.suspend(write)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// <https://no-color.org>
fn colours_are_wanted() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !is_set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|value| value != "dumb")
}

/// Colours, or none.
#[derive(Debug, Clone, Copy)]
pub struct Style(bool);

const BOLD: &str = "\x1b[1m";
const FAINT: &str = "\x1b[2m";
const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const PLAIN: &str = "\x1b[0m";

impl Style {
    /// The colours of standard error.
    fn of_complaints() -> Self {
        Style(stderr().is_terminal() && colours_are_wanted())
    }

    /// What it may put into texts.
    fn sequences(self) -> &'static [&'static str] {
        match self.0 {
            true => &[BOLD, FAINT, RED, GREEN, YELLOW, PLAIN],
            false => &[],
        }
    }

    fn paint(self, colour: &str, text: impl Display) -> String {
        match self.0 {
            true => format!("{colour}{text}{PLAIN}"),
            false => text.to_string(),
        }
    }

    /// What a line is about.
    pub fn bold(self, text: impl Display) -> String {
        self.paint(BOLD, text)
    }

    /// What is as it should be.
    pub fn good(self, text: impl Display) -> String {
        self.paint(GREEN, text)
    }

    /// What is not.
    pub fn bad(self, text: impl Display) -> String {
        self.paint(RED, text)
    }

    /// What is worth a look.
    pub fn notable(self, text: impl Display) -> String {
        self.paint(YELLOW, text)
    }

    /// What may be passed over.
    pub fn faint(self, text: impl Display) -> String {
        self.paint(FAINT, text)
    }
}

/// Lines of a name and a value, the values below each other.
pub fn table(style: Style, rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let line = |(name, value): &(&str, String)| {
        let indented = value.replace('\n', &format!("\n{:width$}  ", ""));
        format!("{}  {indented}", style.bold(format!("{name:width$}")))
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// `1.4 MB`
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
