//! What a plugin may reach outside of its sandbox. Its manifest asks, the host's configuration grants, and it gets what both
//! say. Nothing is granted by default, but that transports may listen on loopback.
//!
//! A manifest asks under `pluginConfig.permissions`:
//!
//! ```json
//! {"listen": ["0.0.0.0:8000-8999"], "connect": ["api.example.com:443"], "environment": ["HOME"],
//!  "directories": [{"path": "/srv/schemas", "access": "read"}], "optional": {"connect": ["*"]}}
//! ```
//!
//! What stands in `optional` may be refused; anything else that is refused makes loading the plugin fail.

mod address;
mod manifest;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

pub use address::{AddressRule, canonical_name};
pub(super) use manifest::Asked;

use crate::error::{ErrorKind, Result};

/// Whether files may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)] // they say it
pub enum Access {
    Read,
    ReadWrite,
}

/// A directory, and what may be done with its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// Where it is.
    pub path: PathBuf,
    /// What the plugin calls it.
    pub name: String,
    /// Whether its files may be changed.
    pub access: Access,
}

/// One thing that a plugin asks for, or a host grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permission {
    /// Listening for TCP connections on these addresses.
    Listen(AddressRule),
    /// TCP connections to these addresses.
    Connect(AddressRule),
    /// The files of a directory and of what is below it.
    Directory(Directory),
    /// An environment variable of the host's process.
    Environment(String),
}

impl Permission {
    /// Listening on what an address rule says. An error says what is wrong with the rule.
    pub fn listen(rule: &str) -> std::result::Result<Self, String> {
        AddressRule::parse_without_name(rule).map(Permission::Listen)
    }

    /// Connecting to what an address rule says. An error says what is wrong with the rule.
    pub fn connect(rule: &str) -> std::result::Result<Self, String> {
        AddressRule::parse(rule).map(Permission::Connect)
    }

    /// A directory, called as it is. It must be an absolute path, because what is relative changes with the process. Its links
    /// are resolved now: a plugin that may write beside it could change them later.
    pub fn directory(path: &Path, access: Access) -> std::result::Result<Self, String> {
        if !path.is_absolute() {
            return Err(format!("is \"{}\", not an absolute path", path.display()));
        }
        Ok(Permission::Directory(Directory {
            path: without_links(path),
            name: path.to_string_lossy().into_owned(),
            access,
        }))
    }

    /// A variable's name. An error says why it is none.
    pub fn environment(name: &str) -> std::result::Result<Self, String> {
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(format!("is \"{name}\", not the name of a variable"));
        }
        Ok(Permission::Environment(name.to_string()))
    }

    /// Whether anything of it is granted by one of these, as a host decides when it loads the plugin that asks for it.
    pub fn is_granted_by(&self, granted: &[Permission]) -> bool {
        let resolved = self.resolved();
        resolved.is_some_and(|asked| granted.iter().any(|it| it.grants_some_of(&asked)))
    }

    /// The same with the links of a path resolved. What does not exist is not there to be granted. This is done once, so that
    /// what is checked is what is used, also if a link changes meanwhile.
    fn resolved(&self) -> Option<Self> {
        let Permission::Directory(directory) = self else {
            return Some(self.clone());
        };
        let path = directory.path.canonicalize().ok()?;
        path.is_dir().then(|| {
            Permission::Directory(Directory {
                path,
                ..directory.clone()
            })
        })
    }

    /// Whether anything that `asked` asks for, which is resolved, is granted by this.
    fn grants_some_of(&self, asked: &Permission) -> bool {
        match (self, asked) {
            (Permission::Listen(granted), Permission::Listen(asked))
            | (Permission::Connect(granted), Permission::Connect(asked)) => granted.overlaps(asked),
            (Permission::Directory(granted), Permission::Directory(asked)) => {
                granted.access >= asked.access && asked.path.starts_with(&granted.path)
            }
            (Permission::Environment(granted), Permission::Environment(asked)) => granted == asked,
            _ => false,
        }
    }
}

/// As far as the path exists. What does not yet has no links.
fn without_links(path: &Path) -> PathBuf {
    let resolved = |ancestor: &Path| {
        let rest = path.strip_prefix(ancestor).ok()?;
        Some(ancestor.canonicalize().ok()?.join(rest))
    };
    let mut resolved = path.ancestors().filter_map(resolved);
    // Joining nothing would leave a slash at the end.
    resolved
        .next()
        .map_or_else(|| path.to_path_buf(), |it| it.components().collect())
}

/// A permission as command lines have it: its kind, `=`, and what the functions above take.
impl FromStr for Permission {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (kind, value) = text.split_once('=').unwrap_or((text, ""));
        match kind {
            "listen" => Permission::listen(value),
            "connect" => Permission::connect(value),
            "read" => Permission::directory(Path::new(value), Access::Read),
            "read-write" => Permission::directory(Path::new(value), Access::ReadWrite),
            "environment" => Permission::environment(value),
            _ => {
                let kinds = "listen=ADDRESS, connect=ADDRESS, read=PATH, read-write=PATH and environment=NAME";
                Err(format!("is \"{text}\"; there are {kinds}"))
            }
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Permission::Listen(rule) => write!(f, "listen on {rule}"),
            Permission::Connect(rule) => write!(f, "connect to {rule}"),
            Permission::Directory(it) => {
                let access = match it.access {
                    Access::Read => "read",
                    Access::ReadWrite => "read and write",
                };
                write!(f, "{access} {}", it.path.display())
            }
            Permission::Environment(name) => write!(f, "environment variable {name}"),
        }
    }
}

/// What a host grants, to one plugin or to all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Name of the plugin; `None` for all.
    pub plugin: Option<Arc<str>>,
    /// What it may do.
    pub permission: Permission,
}

/// What a plugin may do: what it asks for, as far as the host grants it.
#[derive(Debug, Clone, Default)]
pub struct Allowance {
    asked: Vec<Permission>,
    granted: Vec<Permission>,
    directories: Vec<Directory>,
    environment: Vec<(String, String)>,
}

impl Allowance {
    /// For the plugin `name`. Gives what was asked for as optional and is refused, too; an error names what is refused and not
    /// optional.
    pub(super) fn new(name: &str, asked: &Asked, grants: &[Grant]) -> Result<(Self, Vec<String>)> {
        let for_it = |grant: &&Grant| grant.plugin.as_deref().is_none_or(|it| it == name);
        let granted: Vec<Permission> = grants
            .iter()
            .filter(for_it)
            .map(|grant| grant.permission.clone())
            .collect();
        let mut allowed = Vec::new();
        let mut refused = |list: &[Permission]| -> Vec<String> {
            let mut refused = Vec::new();
            for asked in list {
                let is_granted =
                    |asked: &Permission| granted.iter().any(|it| it.grants_some_of(asked));
                match asked.resolved().filter(is_granted) {
                    Some(resolved) => allowed.push(resolved),
                    None => refused.push(asked.to_string()),
                }
            }
            refused
        };
        let required = refused(&asked.required);
        if !required.is_empty() {
            return Err(ErrorKind::PermissionsRefused { refused: required }.into());
        }
        let optional = refused(&asked.optional);
        let allowance = Allowance {
            directories: directories(&allowed),
            environment: environment(&allowed),
            asked: allowed,
            granted,
        };
        Ok((allowance, optional))
    }

    /// Whether there is any use for the network.
    pub fn has_network(&self) -> bool {
        let network =
            |it: &Permission| matches!(it, Permission::Listen(_) | Permission::Connect(_));
        self.asked.iter().any(network)
    }

    /// Whether it may listen on this address; port 0 stands for any that the system chooses.
    pub fn may_listen(&self, address: SocketAddr) -> bool {
        let admits =
            |rule: &AddressRule| rule.admits(address.ip(), &[]) && rule.has_port(address.port());
        listens(&self.asked).any(admits) && listens(&self.granted).any(admits)
    }

    /// Whether it may connect to this address, which it knows by these names.
    pub fn may_connect(&self, address: SocketAddr, names: &[String]) -> bool {
        let admits = |rule: &AddressRule| {
            address.port() != 0 && rule.has_port(address.port()) && rule.admits(address.ip(), names)
        };
        connects(&self.asked).any(admits) && connects(&self.granted).any(admits)
    }

    /// Whether it may look up this name. That reaches other machines, so it takes a rule that names it, or all.
    pub fn may_resolve(&self, name: &str) -> bool {
        let named = |rule: &AddressRule| rule.has_name(name);
        connects(&self.asked).any(named) && connects(&self.granted).any(named)
    }

    /// What it may connect to, if anything, for messages.
    pub fn describe_connect(&self) -> Option<String> {
        describe(connects(&self.granted))
    }

    /// What it may listen on, if anything, for messages.
    pub fn describe_listen(&self) -> Option<String> {
        describe(listens(&self.granted))
    }

    /// Its directories, links resolved.
    pub fn directories(&self) -> &[Directory] {
        &self.directories
    }

    /// Its environment: names and values.
    pub fn environment(&self) -> &[(String, String)] {
        &self.environment
    }
}

fn listens(list: &[Permission]) -> impl Iterator<Item = &AddressRule> {
    list.iter().filter_map(|it| match it {
        Permission::Listen(rule) => Some(rule),
        _ => None,
    })
}

fn connects(list: &[Permission]) -> impl Iterator<Item = &AddressRule> {
    list.iter().filter_map(|it| match it {
        Permission::Connect(rule) => Some(rule),
        _ => None,
    })
}

fn describe<'a>(rules: impl Iterator<Item = &'a AddressRule>) -> Option<String> {
    let rules: Vec<String> = rules.map(AddressRule::to_string).collect();
    (!rules.is_empty()).then(|| rules.join(", "))
}

fn directories(asked: &[Permission]) -> Vec<Directory> {
    let directory = |it: &Permission| match it {
        Permission::Directory(it) => Some(it.clone()),
        _ => None,
    };
    asked.iter().filter_map(directory).collect()
}

/// Read once: a process that changes its environment while others read it is asking for trouble.
fn environment(asked: &[Permission]) -> Vec<(String, String)> {
    let variable = |it: &Permission| match it {
        Permission::Environment(name) => Some((name.clone(), std::env::var(name).ok()?)),
        _ => None,
    };
    asked.iter().filter_map(variable).collect()
}

/// Where a transport may listen without asking.
pub fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests;
