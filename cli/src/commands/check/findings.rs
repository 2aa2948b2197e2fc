//! The report, which grows line by line.

use serde::Serialize;

use super::verdict::Verdict;
use crate::output::{Outcome, Output, Progress, Report, Style};
use crate::subject::Subject;

/// What was found so far.
pub struct Findings<'a> {
    output: &'a Output,
    progress: Progress,
    report: Conclusion,
}

#[derive(Serialize)]
struct Conclusion {
    name: String,
    version: String,
    ok: usize,
    failed: usize,
    skipped: usize,
    checks: Vec<Check>,
}

#[derive(Serialize)]
struct Check {
    check: String,
    #[serde(flatten)]
    verdict: Verdict,
}

impl<'a> Findings<'a> {
    pub fn new(subject: &Subject, output: &'a Output) -> Self {
        let report = Conclusion {
            name: subject.manifest.name.clone(),
            version: subject.manifest.version.to_string(),
            ok: 0,
            failed: 0,
            skipped: 0,
            checks: Vec::new(),
        };
        let findings = Findings {
            progress: output.progress("starting"),
            output,
            report,
        };
        let plugin = &findings.report;
        let manifest = if subject.is_made_up {
            ", a component without a manifest"
        } else {
            ""
        };
        let title = format!("{} {}", plugin.name, plugin.version);
        findings.show(&format!("{}{manifest}", output.style().bold(title)));
        findings
    }

    /// Runs a check and shows what came of it.
    pub fn check(&mut self, name: &str, run: impl FnOnce() -> Verdict) {
        self.progress.now(name);
        let verdict = run();
        match verdict {
            Verdict::Ok { .. } => self.report.ok += 1,
            Verdict::Failed { .. } => self.report.failed += 1,
            Verdict::Skipped { .. } => self.report.skipped += 1,
        }
        let check = Check {
            check: name.to_string(),
            verdict,
        };
        self.show(&check.text(self.output.style()));
        self.report.checks.push(check);
    }

    pub fn skip(&mut self, name: &str, reason: &str) {
        self.check(name, || Verdict::skipped(reason));
    }

    fn show(&self, lines: &str) {
        if !self.output.is_json() {
            self.progress.paused(|| self.output.line(lines));
        }
    }

    /// The last line, or the whole report for programs.
    pub fn conclude(self) -> Outcome {
        drop(self.progress);
        self.output.report(&self.report);
        match self.report.failed {
            0 => Outcome::Good,
            _ => Outcome::Faulty,
        }
    }
}

impl Check {
    fn text(&self, style: Style) -> String {
        const INDENT: &str = "\n         ";
        let name = &self.check;
        match &self.verdict {
            Verdict::Ok { note: None } => format!("{}       {name}", style.good("ok")),
            Verdict::Ok { note: Some(note) } => {
                format!(
                    "{}       {name} {}",
                    style.good("ok"),
                    style.faint(format!("({note})"))
                )
            }
            Verdict::Skipped { reason } => {
                format!("{}  {name}: {reason}", style.notable("skipped"))
            }
            Verdict::Failed { reason, advice } => {
                let mut lines = vec![format!("{}   {}", style.bad("FAILED"), style.bold(name))];
                lines.extend(reason.lines().map(str::to_string));
                let mut arrow = "→ ";
                for line in advice.lines() {
                    lines.push(format!("{arrow}{line}"));
                    arrow = "  ";
                }
                lines.join(INDENT)
            }
        }
    }
}

impl Report for Conclusion {
    fn text(&self, style: Style) -> String {
        let failed = match self.failed {
            0 => "0 FAILED".to_string(),
            count => style.bad(format!("{count} FAILED")),
        };
        format!(
            "{} checks: {} ok, {failed}, {} skipped",
            self.checks.len(),
            self.ok,
            self.skipped
        )
    }
}
