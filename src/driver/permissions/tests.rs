mod allowances;
mod directories;
mod manifests;
mod rules;

use std::net::{IpAddr, SocketAddr};

use serde_json::{Value, json};

use super::*;
use crate::driver::manifest::Manifest;
use crate::error::Code;

fn rule(text: &str) -> AddressRule {
    AddressRule::parse(text).unwrap_or_else(|reason| panic!("{text} {reason}"))
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|it| it.to_string()).collect()
}

fn asked(permissions: &Value) -> Asked {
    Asked::parse(permissions, Path::new("/plugins/p")).expect("valid")
}

fn grant(plugin: Option<&str>, permission: Permission) -> Grant {
    Grant {
        plugin: plugin.map(Into::into),
        permission,
    }
}

fn connect(text: &str) -> Permission {
    Permission::Connect(rule(text))
}

fn listen(text: &str) -> Permission {
    Permission::Listen(rule(text))
}

fn files(path: &Path, access: Access) -> Permission {
    Permission::directory(path, access).unwrap()
}

fn variable(name: &str) -> Permission {
    Permission::environment(name).unwrap()
}

/// What the plugin `p` is allowed, and what it was refused.
fn allow(permissions: &Value, granted: &[Permission]) -> Result<(Allowance, Vec<String>)> {
    let granted = granted.iter().cloned();
    let grants: Vec<_> = granted.map(|it| grant(None, it)).collect();
    Allowance::new("p", &asked(permissions), &grants)
}

fn refused(permissions: &Value, granted: &[Permission]) -> Vec<String> {
    let error = allow(permissions, granted).unwrap_err();
    assert_eq!(error.code(), Code::Permission);
    match error.kind() {
        ErrorKind::PermissionsRefused { refused } => refused.clone(),
        other => panic!("{other}"),
    }
}
