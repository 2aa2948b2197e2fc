//! What a manifest asks for: `pluginConfig.permissions`.

use std::path::Path;

use serde_json::{Map, Value};

use super::{Access, Directory, Permission};

/// What a plugin asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    /// What it cannot do without.
    pub required: Vec<Permission>,
    /// What it can.
    pub optional: Vec<Permission>,
}

/// What is wrong, below `permissions`: where, and why.
pub type Problem = (String, String);

impl Asked {
    /// Reads `permissions` of a plugin whose manifest lies in `directory`, which paths are relative to.
    pub fn parse(permissions: &Value, directory: &Path) -> Result<Self, Problem> {
        let fields = object("", permissions)?;
        let reader = Reader { directory };
        let mut asked = Asked {
            required: reader.list("", fields, true)?,
            optional: Vec::new(),
        };
        if let Some(optional) = fields.get("optional") {
            let fields = object(".optional", optional)?;
            asked.optional = reader.list(".optional", fields, false)?;
        }
        Ok(asked)
    }
}

fn object<'a>(place: &str, value: &'a Value) -> Result<&'a Map<String, Value>, Problem> {
    let wrong = || {
        (
            place.to_string(),
            format!("is {value}, it must be an object"),
        )
    };
    value.as_object().ok_or_else(wrong)
}

struct Reader<'a> {
    directory: &'a Path,
}

impl Reader<'_> {
    /// A word that is not known may be a misspelt one, and what was meant would be missing later.
    fn list(
        &self,
        place: &str,
        fields: &Map<String, Value>,
        with_optional: bool,
    ) -> Result<Vec<Permission>, Problem> {
        let mut list = Vec::new();
        for (key, value) in fields {
            let place = format!("{place}.{key}");
            let read: &dyn Fn(&Value) -> Result<Permission, String> = match key.as_str() {
                "listen" => &|it| Permission::listen(text(it)?),
                "connect" => &|it| Permission::connect(text(it)?),
                "environment" => &|it| Permission::environment(text(it)?),
                "directories" => &|it| self.directory(it),
                "optional" if with_optional => continue,
                _ => {
                    let known = "there are listen, connect, directories, environment and optional";
                    return Err((place, format!("is not known; {known}")));
                }
            };
            let items = value
                .as_array()
                .ok_or_else(|| (place.clone(), format!("is {value}, it must be a list")))?;
            for (index, item) in items.iter().enumerate() {
                list.push(read(item).map_err(|reason| (format!("{place}[{index}]"), reason))?);
            }
        }
        Ok(list)
    }

    fn directory(&self, value: &Value) -> Result<Permission, String> {
        let wrong = || {
            format!(
                "is {value}, it must be {{\"path\": …, \"access\": \"read\" or \"read-write\"}}"
            )
        };
        let fields = value.as_object().ok_or_else(wrong)?;
        let path = fields.get("path").filter(|it| it.is_string());
        let path = text(path.ok_or_else(wrong)?)?;
        let access = match fields.get("access").and_then(Value::as_str) {
            Some("read") => Access::Read,
            Some("read-write") => Access::ReadWrite,
            _ => return Err(wrong()),
        };
        if path.is_empty() || fields.len() > 2 {
            return Err(wrong());
        }
        Ok(Permission::Directory(Directory {
            path: self.directory.join(path),
            name: path.to_string(),
            access,
        }))
    }
}

/// A text of one line: people decide by what they are shown of it.
fn text(value: &Value) -> Result<&str, String> {
    let text = value
        .as_str()
        .ok_or_else(|| format!("is {value}, it must be a text"))?;
    match text.contains(char::is_control) {
        true => Err(format!("is {value}, which has control characters")),
        false => Ok(text),
    }
}
