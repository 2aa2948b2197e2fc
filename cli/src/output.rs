//! Where things are shown: reports on standard output, everything else on standard error. Colours and progress are for terminals.

use std::fmt::Display;
use std::io::{IsTerminal, Write, stderr, stdout};
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::error::Error;

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

/// How reports are shown.
pub struct Output {
    json: bool,
    style: Style,
}

impl Output {
    /// As text, or as JSON.
    pub fn new(json: bool) -> Self {
        Output {
            json,
            style: Style(stdout().is_terminal() && colours_are_wanted()),
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
        if self.json {
            match serde_json::to_string_pretty(report) {
                Ok(json) => self.line(&json),
                Err(e) => complain(&format!("error: the report is no JSON: {e}")),
            }
        } else {
            self.line(&report.text(self.style));
        }
    }

    /// A line on standard output. Whoever reads it may have enough of it before the end.
    pub fn line(&self, line: &str) {
        let _ = writeln!(stdout(), "{line}");
    }

    /// What went wrong: an object on standard output with `--json`, a message on standard error otherwise.
    pub fn error(&self, error: &Error) {
        if self.json {
            self.line(&format!("{:#}", error.to_json()));
            return;
        }
        let style = Style(stderr().is_terminal() && colours_are_wanted());
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
        bar.set_message(message.into());
        bar.enable_steady_tick(Duration::from_millis(100));
        Progress(bar)
    }
}

/// A line on standard error.
pub fn complain(line: &str) {
    let _ = writeln!(stderr(), "{line}");
}

/// A sign of life.
pub struct Progress(ProgressBar);

impl Progress {
    /// Says what is being done now.
    pub fn now(&self, message: &str) {
        self.0.set_message(message.to_string());
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

impl Style {
    fn paint(self, code: &str, text: impl Display) -> String {
        match self.0 {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_string(),
        }
    }

    /// What a line is about.
    pub fn bold(self, text: impl Display) -> String {
        self.paint("1", text)
    }

    /// What is as it should be.
    pub fn good(self, text: impl Display) -> String {
        self.paint("32", text)
    }

    /// What is not.
    pub fn bad(self, text: impl Display) -> String {
        self.paint("31", text)
    }

    /// What is worth a look.
    pub fn notable(self, text: impl Display) -> String {
        self.paint("33", text)
    }

    /// What may be passed over.
    pub fn faint(self, text: impl Display) -> String {
        self.paint("2", text)
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
