//! What was measured, as a table for people and as JSON for programs.

use std::fs;
use std::path::Path;

use serde::Serialize;

/// What a row must reach.
#[derive(Debug, Clone, Copy)]
pub enum Bar {
    /// It is only for information.
    None,
    /// The value must not be higher.
    Value(f64),
    /// The ratio must not be higher.
    Ratio(f64),
    /// The value must not be higher than the baseline by more than this.
    Over(f64),
}

/// One measurement.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub name: String,
    pub value: f64,
    pub unit: String,
    pub baseline: Option<f64>,
    pub ratio: Option<f64>,
    #[serde(skip)]
    bar: Bar,
}

impl Row {
    pub fn new(name: impl Into<String>, value: f64, unit: impl Into<String>) -> Self {
        Row {
            name: name.into(),
            value,
            unit: unit.into(),
            baseline: None,
            ratio: None,
            bar: Bar::None,
        }
    }

    /// Compares it with something that was measured in the same run, in the same unit.
    pub fn against(mut self, baseline: f64) -> Self {
        self.baseline = Some(baseline);
        self.ratio = Some(self.value / baseline);
        self
    }

    pub fn bar(mut self, bar: Bar) -> Self {
        self.bar = bar;
        self
    }

    fn bar_text(&self) -> String {
        match self.bar {
            Bar::None => String::new(),
            Bar::Value(most) => format!("{most} {}", self.unit),
            Bar::Ratio(most) => format!("{most:.2}x"),
            Bar::Over(most) => format!("+{most} {}", self.unit),
        }
    }

    fn judgement(&self) -> &'static str {
        let reached = match self.bar {
            Bar::None => return "",
            Bar::Value(most) => self.value <= most,
            Bar::Ratio(most) => self.ratio.is_some_and(|ratio| ratio <= most),
            Bar::Over(most) => self.baseline.is_some_and(|it| self.value - it <= most),
        };
        if reached { "ok" } else { "MISSED" }
    }
}

/// Four digits are more than the measurements are good for.
fn digits(value: f64) -> String {
    let decimals = (3 - value.abs().max(1e-3).log10().floor() as i32).clamp(0, 3) as usize;
    format!("{value:.decimals$}")
}

pub fn print(rows: &[Row]) {
    println!(
        "{:<24} {:>10} {:<4} {:>10} {:>7} {:>9}",
        "name", "value", "unit", "baseline", "ratio", "bar"
    );
    for row in rows {
        println!(
            "{:<24} {:>10} {:<4} {:>10} {:>7} {:>9} {}",
            row.name,
            digits(row.value),
            row.unit,
            row.baseline.map(digits).unwrap_or_default(),
            row.ratio.map(|it| format!("{it:.3}")).unwrap_or_default(),
            row.bar_text(),
            row.judgement(),
        );
    }
}

pub fn write(rows: &[Row], file: &Path) -> std::io::Result<()> {
    let json = serde_json::to_string_pretty(rows).map_err(std::io::Error::other)?;
    fs::write(file, json + "\n")
}
