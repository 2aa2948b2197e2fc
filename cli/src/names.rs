//! Names that become names of files, here or on another system.

/// Names that Windows gives to devices, whatever their extension.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// Says why `name` cannot be the name of a file or directory on every system.
pub fn check_file_name(name: &str) -> Result<(), String> {
    if name.is_empty() || name == "." || name == ".." {
        return Err("is empty or leads elsewhere".to_string());
    }
    if name.len() > 200 {
        return Err("is longer than 200 bytes".to_string());
    }
    let forbidden = |it: &char| it.is_control() || r#"/\:*?"<>|"#.contains(*it);
    if let Some(character) = name.chars().find(forbidden) {
        let character = character.escape_default();
        return Err(format!("contains {character}, which not every system has"));
    }
    if name.ends_with(['.', ' ']) {
        return Err("ends with a dot or a space, which not every system has".to_string());
    }
    let stem = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    let numbered = |prefix: &str| {
        let number = stem.strip_prefix(prefix);
        number.is_some_and(|it| it.chars().count() == 1 && it != "0")
    };
    let stem = stem.trim_end();
    if DEVICES.contains(&stem) || numbered("com") || numbered("lpt") {
        return Err("is the name of a device on Windows".to_string());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_names_on_every_system() {
        for good in [
            "jwt-0.1.0",
            "pact-plugin.json",
            "LICENSE",
            "ä.md",
            "com10",
            "console",
            ".hidden",
            "lpt",
        ] {
            assert_eq!(check_file_name(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            ".",
            "..",
            "a/b",
            "a\\b",
            "C:",
            "a\0",
            "a\n",
            "a.",
            "a ",
            "NUL",
            "nul.txt",
            "CON.tar.gz",
            "Com1",
            "lpt9.x",
            "aux ",
            "conin$",
            "what?",
        ] {
            assert!(check_file_name(bad).is_err(), "{bad}");
        }
        assert!(check_file_name(&"x".repeat(201)).is_err());
    }
}
