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

// ---- reading rules ----

#[test]
fn every_form_of_a_rule_is_read_and_shown_as_it_was_written() {
    let long = format!("{}.example:1", "a".repeat(63));
    for text in [
        "*",
        "*:*",
        "*:443",
        "*:1-65535",
        "192.0.2.1",
        "192.0.2.1:80",
        "192.0.2.0/24",
        "192.0.2.77/24:80-90",
        "0.0.0.0/0:80",
        "[2001:db8::1]",
        "[2001:db8::1]:443",
        "[2001:db8::/32]:8000-8999",
        "[::ffff:192.0.2.1]:80",
        "localhost",
        "LOCALHOST.:80-80",
        "api.example.com:443",
        "API.Example.Com.:65535",
        "my_host-1",
        "xn--bcher-kva.example:*",
        "1and1.example",
        &long,
    ] {
        assert_eq!(rule(text).to_string(), text);
    }
}

#[test]
fn a_host_that_is_none_is_refused() {
    let long_label = format!("{}.example", "a".repeat(64));
    let long_name = format!("{}a", "a.".repeat(127));
    for text in [
        "",
        ":80",
        " example.com",
        "exa mple.com",
        "example.com\n",
        "example.com\0",
        "a..b",
        ".example.com",
        ".",
        "*.example.com",
        "bücher.example",
        "user@example.com",
        "example.com/path",
        "192.0.2.256",
        "192.0.2",
        "127.1",
        "2130706433",
        "0x7f.1",
        "192.0.2.0/33",
        "192.0.2.0/",
        "192.0.2.0/-1",
        "[192.0.2.1]",
        "[192.0.2.0/24]",
        "[example.com]",
        "[*]",
        "[]",
        "[fe80::1%eth0]",
        "[2001:db8::/129]",
        "[2001:db8::]/32",
        "[[::1]]",
        &long_label,
        &long_name,
    ] {
        let reason = AddressRule::parse(text).unwrap_err();
        assert!(
            reason.starts_with(&format!("is \"{text}\"; ")),
            "{text:?}: {reason}"
        );
        assert!(!reason.contains("its port"), "{text:?}: {reason}");
    }
    assert!(
        AddressRule::parse("a..b")
            .unwrap_err()
            .contains("its host must be *, an address")
    );
}

#[test]
fn brackets_and_colons_that_do_not_fit_are_told_apart() {
    let reason = |text: &str| AddressRule::parse(text).unwrap_err();
    assert_eq!(reason("[::1"), "is \"[::1\"; a ] is missing");
    assert_eq!(
        reason("[::1]443"),
        "is \"[::1]443\"; behind the ] only : and ports may stand"
    );
    for text in ["::1", "2001:db8::1:443", "example.com:80:90", "::"] {
        assert_eq!(
            reason(text),
            format!("is \"{text}\"; an IPv6 address stands in brackets, as in [::1]:443")
        );
    }
}

#[test]
fn ports_that_are_none_are_refused() {
    for ports in [
        "",
        "0",
        "65536",
        "-80",
        "80-",
        "-",
        "90-80",
        "0-80",
        "80-65536",
        "+80",
        " 80",
        "80 ",
        "80-90-100",
        "**",
        "http",
        "8,9",
        "٨",
        "//example",
    ] {
        for host in ["192.0.2.1", "[::1]", "*", "example.com"] {
            let text = format!("{host}:{ports}");
            let reason = AddressRule::parse(&text).unwrap_err();
            assert_eq!(
                reason,
                format!(
                    "is \"{text}\"; its port must be from 1 to 65535, a range such as 8000-8999, or *"
                )
            );
        }
    }
}

// ---- what a rule holds ----

#[test]
fn two_rules_overlap_where_one_address_and_one_port_belong_to_both() {
    for (one, other, expected) in [
        ("*", "*", true),
        ("*:80", "example.com:80", true),
        ("*:80", "example.com:81", false),
        ("*", "[::1]:5", true),
        ("192.0.2.1", "192.0.2.1:80", true),
        ("192.0.2.1", "192.0.2.2", false),
        ("192.0.2.0/24", "192.0.2.255", true),
        ("192.0.2.0/24", "192.0.3.0", false),
        ("192.0.2.0/24", "192.0.0.0/16", true),
        ("192.0.2.0/25", "192.0.2.128/25", false),
        ("192.0.2.1:80-90", "192.0.2.1:90-100", true),
        ("192.0.2.1:80-89", "192.0.2.1:90-100", false),
        ("192.0.2.1:1-65535", "192.0.2.1:90", true),
        ("0.0.0.0/0", "[::1]", false),
        ("[::/0]", "127.0.0.1", false),
        ("[::ffff:192.0.2.1]", "192.0.2.1", true),
        ("[::ffff:192.0.2.0/120]", "192.0.2.77", true),
        ("[::ffff:192.0.2.0/120]", "192.0.3.77", false),
        ("localhost", "localhost", true),
        ("localhost", "127.0.0.1", true),
        ("localhost", "127.9.9.9", true),
        ("localhost", "127.5.0.0/16", true),
        ("localhost", "126.0.0.0/7", true),
        ("localhost", "0.0.0.0/0", true),
        ("localhost", "[::1]", true),
        ("localhost", "[::/64]", true),
        ("localhost", "[::ffff:127.0.0.1]", true),
        ("localhost", "0.0.0.0", false),
        ("localhost", "192.0.2.1", false),
        ("localhost", "[::2]", false),
        ("localhost", "example.com", false),
        ("localhost:80", "127.0.0.1:81", false),
        ("example.com", "EXAMPLE.com.", true),
        ("example.com", "api.example.com", false),
        ("example.com", "192.0.2.1", false),
        ("example.com", "0.0.0.0/0", false),
    ] {
        assert_eq!(rule(one).overlaps(&rule(other)), expected, "{one} {other}");
        assert_eq!(rule(other).overlaps(&rule(one)), expected, "{other} {one}");
    }
}

#[test]
fn addresses_belong_to_their_rules_however_they_are_written() {
    for (text, inside, outside) in [
        (
            "*",
            &["0.0.0.0", "127.0.0.1", "192.0.2.1", "::", "::1"][..],
            &[][..],
        ),
        (
            "192.0.2.1",
            &["192.0.2.1", "::ffff:192.0.2.1"],
            &[
                "192.0.2.0",
                "192.0.2.2",
                "::192.0.2.1",
                "64:ff9b::192.0.2.1",
            ],
        ),
        (
            "192.0.2.77/24",
            &["192.0.2.0", "192.0.2.255", "::ffff:192.0.2.9"],
            &["192.0.1.255", "192.0.3.0", "::ffff:192.0.3.0"],
        ),
        ("0.0.0.0/0", &["127.0.0.1", "0.0.0.0"], &["::1", "::"]),
        (
            "[::/0]",
            &["::1", "2001:db8::1"],
            &["127.0.0.1", "::ffff:127.0.0.1"],
        ),
        (
            "127.0.0.1",
            &["127.0.0.1"],
            &["127.0.0.2", "::1", "0.0.0.0"],
        ),
        ("0.0.0.0", &["0.0.0.0"], &["127.0.0.1", "192.0.2.1", "::"]),
        (
            "[2001:db8::/32]",
            &["2001:db8::", "2001:db8:ffff::1"],
            &["2001:db9::", "2001:db7:ffff::", "::1"],
        ),
        (
            "[::ffff:192.0.2.1]",
            &["192.0.2.1", "::ffff:192.0.2.1"],
            &["192.0.2.2"],
        ),
        (
            "[::ffff:192.0.2.0/120]",
            &["192.0.2.9", "::ffff:192.0.2.9"],
            &["192.0.3.9", "2001:db8::1"],
        ),
        ("[::ffff:0:0/96]", &["192.0.2.1", "127.0.0.1"], &["::1"]),
        ("[::ffff:0:0/95]", &["::fffe:0:1"], &["192.0.2.1"]),
        (
            "localhost",
            &["127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"],
            &["126.255.255.255", "128.0.0.0", "0.0.0.0", "::", "::2"],
        ),
    ] {
        for it in inside {
            assert!(rule(text).admits(ip(it), &[]), "{text} {it}");
        }
        for it in outside {
            let known = names(&["localhost", "example.com", text]);
            assert!(!rule(text).admits(ip(it), &known), "{text} {it}");
        }
    }
}

#[test]
fn the_ends_of_a_range_of_ports_belong_to_it() {
    let ports = |text: &str| -> Vec<u16> {
        let rule = rule(text);
        let ports = [0, 1, 79, 80, 81, 90, 91, 65534, u16::MAX];
        ports.into_iter().filter(|it| rule.has_port(*it)).collect()
    };
    assert_eq!(ports("*:80-90"), [0, 80, 81, 90]);
    assert_eq!(ports("*:80"), [0, 80]);
    assert_eq!(ports("*:65535"), [0, u16::MAX]);
    assert_eq!(ports("*:1"), [0, 1]);
    assert_eq!(ports("*"), [0, 1, 79, 80, 81, 90, 91, 65534, u16::MAX]);
    assert_eq!(ports("*:*"), ports("*"));
}

#[test]
fn a_rule_with_a_name_admits_what_the_name_has_led_to() {
    let rule = rule("API.example.com.");
    for it in ["192.0.2.1", "10.0.0.1", "2001:db8::1", "::ffff:192.0.2.1"] {
        assert!(
            rule.admits(ip(it), &names(&["other", "api.example.com"])),
            "{it}"
        );
        assert!(!rule.admits(ip(it), &[]), "{it}");
        assert!(
            !rule.admits(ip(it), &names(&["example.com", "localhost", it])),
            "{it}"
        );
    }
}

#[test]
fn a_name_that_leads_to_this_machine_or_its_link_admits_nothing() {
    let rule = rule("evil.example");
    for it in [
        "127.0.0.1",
        "127.9.9.9",
        "::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
        "::",
        "::ffff:0.0.0.0",
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "fe80::1",
        "febf::1",
        "224.0.0.1",
        "239.255.255.255",
        "ff02::1",
        "255.255.255.255",
        "::ffff:255.255.255.255",
        "64:ff9b::169.254.169.254",
        "64:ff9b::127.0.0.1",
        "fd00:ec2::254",
        "100.100.100.200",
    ] {
        assert!(!rule.admits(ip(it), &names(&["evil.example"])), "{it}");
    }
}

#[test]
fn a_name_may_be_looked_up_by_rules_that_name_it() {
    for (text, yes, no) in [
        (
            "Example.com:443",
            &["example.com", "EXAMPLE.COM", "example.com."][..],
            &[
                "api.example.com",
                "example.com.evil.example",
                "xexample.com",
                "example.co",
                "ex\u{212A}ample.com",
                "example.com\0.evil.example",
                "exampl%65.com",
                "",
            ][..],
        ),
        (
            "localhost",
            &["localhost", "LocalHost."],
            &["localhost.localdomain", "127.0.0.1"],
        ),
        ("*:80", &["example.com", "localhost", "a.b."], &[]),
        ("192.0.2.1", &[], &["192.0.2.1", "example.com", "localhost"]),
        ("[::1]", &[], &["::1", "[::1]", "localhost"]),
        ("0.0.0.0/0", &[], &["example.com", "localhost"]),
    ] {
        for name in yes {
            assert!(rule(text).has_name(name), "{text} {name}");
        }
        for name in no {
            assert!(!rule(text).has_name(name), "{text} {name}");
        }
    }
    // The letter K has a cousin that some ways of lowering turn into it.
    assert!(!rule("k.example").has_name("\u{212A}.example"));
}

#[test]
fn loopback_is_where_it_always_is() {
    for it in ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"] {
        assert!(is_loopback(ip(it)), "{it}");
    }
    for it in ["0.0.0.0", "::", "::127.0.0.1", "128.0.0.1", "169.254.0.1"] {
        assert!(!is_loopback(ip(it)), "{it}");
    }
}

// ---- manifests ----

fn asked(permissions: &Value) -> Asked {
    Asked::parse(permissions, Path::new("/plugins/p")).expect("valid")
}

#[test]
fn a_manifest_asks_for_everything_there_is() {
    let asked = asked(&json!({
        "listen": ["127.0.0.1:8000-8999"],
        "connect": ["api.example.com:443", "[::1]:*"],
        "directories": [
            {"path": "schemas", "access": "read"},
            {"path": "/var/x", "access": "read-write"},
        ],
        "environment": ["HOME"],
        "optional": {"connect": ["*"], "environment": ["PATH"]},
    }));
    let shown = |list: &[Permission]| -> Vec<String> {
        let mut shown: Vec<_> = list.iter().map(Permission::to_string).collect();
        shown.sort();
        shown
    };
    assert_eq!(
        shown(&asked.required),
        [
            "connect to [::1]:*",
            "connect to api.example.com:443",
            "environment variable HOME",
            "listen on 127.0.0.1:8000-8999",
            "read /plugins/p/schemas",
            "read and write /var/x",
        ]
    );
    assert_eq!(
        shown(&asked.optional),
        ["connect to *", "environment variable PATH"]
    );
    let directories = asked.required.iter().filter_map(|it| match it {
        Permission::Directory(it) => Some((it.name.as_str(), it.access)),
        _ => None,
    });
    assert_eq!(
        directories.collect::<Vec<_>>(),
        [("schemas", Access::Read), ("/var/x", Access::ReadWrite)]
    );
}

#[test]
fn a_manifest_may_ask_for_nothing() {
    for nothing in [
        json!({}),
        json!({"listen": [], "connect": [], "directories": [], "environment": []}),
        json!({"optional": {}}),
    ] {
        assert_eq!(asked(&nothing), Asked::default(), "{nothing}");
    }
}

#[test]
fn what_is_wrong_in_a_manifest_is_named_with_its_place() {
    let directory = r#"it must be {"path": …, "access": "read" or "read-write"}"#;
    let known = "is not known; there are listen, connect, directories, environment and optional";
    for (permissions, place, reason) in [
        (json!([]), "", "is [], it must be an object"),
        (json!(null), "", "is null, it must be an object"),
        (json!("*"), "", "is \"*\", it must be an object"),
        (json!({"lisen": []}), ".lisen", known),
        (json!({"Listen": []}), ".Listen", known),
        (
            json!({"optional": []}),
            ".optional",
            "is [], it must be an object",
        ),
        (json!({"optional": {"read": []}}), ".optional.read", known),
        (
            json!({"optional": {"optional": {}}}),
            ".optional.optional",
            known,
        ),
        (
            json!({"listen": "*"}),
            ".listen",
            "is \"*\", it must be a list",
        ),
        (
            json!({"connect": {}}),
            ".connect",
            "is {}, it must be a list",
        ),
        (
            json!({"directories": null}),
            ".directories",
            "is null, it must be a list",
        ),
        (
            json!({"environment": true}),
            ".environment",
            "is true, it must be a list",
        ),
        (
            json!({"listen": ["*", 80]}),
            ".listen[1]",
            "is 80, it must be a text",
        ),
        (
            json!({"connect": ["*", "*:1", "a:0"]}),
            ".connect[2]",
            "its port must be from 1 to 65535",
        ),
        (
            json!({"optional": {"connect": ["a b"]}}),
            ".optional.connect[0]",
            "its host must be",
        ),
        (
            json!({"environment": ["A", ""]}),
            ".environment[1]",
            "is \"\", not the name of a variable",
        ),
        (
            json!({"environment": ["A=B"]}),
            ".environment[0]",
            "is \"A=B\", not the name",
        ),
        (
            json!({"environment": ["A\0"]}),
            ".environment[0]",
            "not the name of a variable",
        ),
        (
            json!({"environment": [["A"]]}),
            ".environment[0]",
            "it must be a text",
        ),
        (
            json!({"directories": ["/srv"]}),
            ".directories[0]",
            directory,
        ),
        (
            json!({"directories": [{"path": "/srv"}]}),
            ".directories[0]",
            directory,
        ),
        (
            json!({"directories": [{"access": "read"}]}),
            ".directories[0]",
            directory,
        ),
        (
            json!({"directories": [{"path": "", "access": "read"}]}),
            ".directories[0]",
            directory,
        ),
        (
            json!({"directories": [{"path": 1, "access": "read"}]}),
            ".directories[0]",
            directory,
        ),
        (
            json!({"directories": [{"path": "a", "access": "write"}]}),
            ".directories[0]",
            directory,
        ),
        (
            json!({"directories": [{"path": "a", "access": "Read"}]}),
            ".directories[0]",
            directory,
        ),
        (
            json!({"directories": [{"path": "a", "access": "read", "recursive": false}]}),
            ".directories[0]",
            directory,
        ),
    ] {
        let manifest = json!({
            "name": "p", "version": "1.0.0", "executableType": "wasm", "entryPoint": "p.wasm",
            "pluginConfig": {"permissions": permissions},
        });
        let error = Manifest::parse(Path::new("/plugins/p"), &manifest.to_string()).unwrap_err();
        assert_eq!(error.code(), Code::ManifestInvalid, "{error}");
        let message = error.to_string();
        let start =
            format!("/plugins/p/pact-plugin.json: field \"pluginConfig.permissions{place}\" is ");
        assert!(message.starts_with(&start), "{message}");
        assert!(message.contains(reason), "{message}");
    }
}

#[test]
fn a_manifest_without_permissions_asks_for_nothing() {
    for config in ["{}", r#"{"permission":{"connect":["*"]}}"#] {
        let text = format!(
            r#"{{"name":"p","version":"1.0.0","executableType":"wasm","entryPoint":"p","pluginConfig":{config},
                "permissions":{{"connect":["*"]}}}}"#
        );
        let manifest = Manifest::parse(Path::new("p"), &text).unwrap();
        assert_eq!(manifest.asked, Asked::default());
    }
}

// ---- what is allowed ----

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

#[test]
fn nothing_is_allowed_that_was_not_asked_for_or_not_granted() {
    let everything = [
        connect("*"),
        listen("*"),
        variable("CARGO_PKG_NAME"),
        files(Path::new("/"), Access::ReadWrite),
    ];
    let (allowance, without) = allow(&json!({}), &everything).unwrap();
    assert_eq!(without, [""; 0]);
    assert!(!allowance.has_network() && connects(&allowance.asked).next().is_none());
    assert!(!allowance.may_connect(address("127.0.0.1:80"), &[]));
    assert!(!allowance.may_listen(address("127.0.0.1:0")));
    assert!(!allowance.may_resolve("localhost"));
    assert!(allowance.directories().is_empty() && allowance.environment().is_empty());

    let asked = json!({
        "connect": ["*"], "listen": ["*:80"], "environment": ["CARGO_PKG_NAME"],
        "directories": [{"path": "/", "access": "read"}],
    });
    let mut nothing = refused(&asked, &[]);
    nothing.sort();
    let expected = [
        "connect to *",
        "environment variable CARGO_PKG_NAME",
        "listen on *:80",
        "read /",
    ];
    assert_eq!(nothing, expected);

    let (allowance, mut without) = allow(&json!({ "optional": asked }), &[]).unwrap();
    without.sort();
    assert_eq!(without, expected);
    assert!(!allowance.has_network());
    assert!(!allowance.may_connect(address("127.0.0.1:80"), &[]));
    assert!(allowance.directories().is_empty() && allowance.environment().is_empty());
    assert_eq!(
        (allowance.describe_connect(), allowance.describe_listen()),
        (None, None)
    );
}

#[test]
fn one_permission_is_not_another() {
    let granted = [connect("*")];
    assert_eq!(
        refused(&json!({"listen": ["*"]}), &granted),
        ["listen on *"]
    );
    let granted = [listen("*")];
    assert_eq!(
        refused(&json!({"connect": ["*"]}), &granted),
        ["connect to *"]
    );
    let (allowance, _) = allow(&json!({"listen": ["*"]}), &granted).unwrap();
    assert!(allowance.has_network() && connects(&allowance.asked).next().is_none());
    assert!(!allowance.may_connect(address("127.0.0.1:80"), &[]));
    assert!(!allowance.may_resolve("localhost"));
}

#[test]
fn what_is_asked_for_and_what_is_granted_must_both_admit_an_address() {
    let asked = json!({"connect": ["127.0.0.0/8:80-90", "[::1]:443"], "listen": ["*:1000-2000"]});
    let granted = [
        connect("127.0.0.1:85-100"),
        connect("[::/0]"),
        connect("192.0.2.1"),
        listen("localhost:1500-3000"),
    ];
    let (allowance, _) = allow(&asked, &granted).unwrap();
    for (text, expected) in [
        ("127.0.0.1:84", false),
        ("127.0.0.1:85", true),
        ("127.0.0.1:90", true),
        ("127.0.0.1:91", false),
        ("127.0.0.1:0", false),
        ("127.0.0.2:85", false),
        ("[::ffff:127.0.0.1]:85", true),
        ("[::ffff:127.0.0.2]:85", false),
        ("[::1]:443", true),
        ("[::1]:85", false),
        ("[::2]:443", false),
        ("192.0.2.1:85", false),
        ("192.0.2.1:443", false),
    ] {
        let names = names(&["localhost", "127.0.0.1"]);
        assert_eq!(
            allowance.may_connect(address(text), &names),
            expected,
            "{text}"
        );
    }
    for (text, expected) in [
        ("127.0.0.1:1499", false),
        ("127.0.0.1:1500", true),
        ("127.9.0.1:2000", true),
        ("127.0.0.1:2001", false),
        ("127.0.0.1:0", true),
        ("[::1]:1600", true),
        ("[::ffff:127.0.0.1]:1600", true),
        ("0.0.0.0:1600", false),
        ("0.0.0.0:0", false),
        ("[::]:1600", false),
        ("192.0.2.1:1600", false),
    ] {
        assert_eq!(allowance.may_listen(address(text)), expected, "{text}");
    }
    assert_eq!(
        allowance.describe_connect().as_deref(),
        Some("127.0.0.1:85-100, [::/0], 192.0.2.1")
    );
    assert_eq!(
        allowance.describe_listen().as_deref(),
        Some("localhost:1500-3000")
    );
}

#[test]
fn a_grant_for_all_hosts_makes_no_more_of_a_name_that_is_asked_for() {
    let known = names(&["api.example"]);
    let asked = json!({"connect": ["api.example:80"]});
    let (allowance, _) = allow(&asked, &[connect("*")]).unwrap();
    assert!(allowance.may_resolve("API.example.") && !allowance.may_resolve("other.example"));
    assert!(allowance.may_connect(address("192.0.2.1:80"), &known));
    assert!(!allowance.may_connect(address("192.0.2.1:80"), &[]));
    assert!(!allowance.may_connect(address("192.0.2.1:81"), &known));
    assert!(!allowance.may_connect(address("127.0.0.1:80"), &known));
    assert!(!allowance.may_connect(address("169.254.169.254:80"), &known));

    let asked = json!({"connect": ["*:80"]});
    let (allowance, _) = allow(&asked, &[connect("api.example")]).unwrap();
    assert!(allowance.may_resolve("api.example") && !allowance.may_resolve("other.example"));
    assert!(allowance.may_connect(address("192.0.2.1:80"), &known));
    assert!(!allowance.may_connect(address("192.0.2.1:80"), &names(&["other.example"])));
    assert!(!allowance.may_connect(address("127.0.0.1:80"), &known));

    let asked = json!({"connect": ["api.example", "10.0.0.0/8"]});
    let granted = [connect("10.0.0.1")];
    assert_eq!(refused(&asked, &granted), ["connect to api.example"]);
}

#[test]
fn a_name_is_nothing_to_listen_on() {
    let reason = Permission::listen("api.example:80").unwrap_err();
    assert!(reason.contains("nothing listens on a name"), "{reason}");
    let (place, reason) =
        Asked::parse(&json!({"listen": ["*", "api.example"]}), Path::new("/p")).unwrap_err();
    assert_eq!(place, ".listen[1]");
    assert!(reason.contains("nothing listens on a name"), "{reason}");
    for rule in ["localhost", "*:80", "192.0.2.0/24", "[::1]:80"] {
        assert!(Permission::listen(rule).is_ok(), "{rule}");
    }
}

#[test]
fn a_grant_for_one_plugin_is_for_that_plugin() {
    let asked = asked(&json!({"connect": ["192.0.2.1:80"]}));
    let of = |plugin| [grant(plugin, connect("*"))];
    assert!(Allowance::new("p", &asked, &of(None)).is_ok());
    assert!(Allowance::new("p", &asked, &of(Some("p"))).is_ok());
    for other in ["P", "p ", "", "pp", "*"] {
        let error = Allowance::new("p", &asked, &of(Some(other))).unwrap_err();
        assert_eq!(error.code(), Code::Permission, "{other}");
    }

    // Neither does it widen what another grant gives.
    let grants = [
        grant(Some("q"), connect("*")),
        grant(Some("p"), connect("192.0.2.0/24:80-81")),
    ];
    let (allowance, _) = Allowance::new("p", &asked, &grants).unwrap();
    assert!(allowance.may_connect(address("192.0.2.1:80"), &[]));
    assert!(!allowance.may_connect(address("192.0.2.1:81"), &[]));
    assert_eq!(
        allowance.describe_connect().as_deref(),
        Some("192.0.2.0/24:80-81")
    );
}

#[test]
fn of_the_environment_there_is_what_is_asked_for_by_its_exact_name() {
    let asked = json!({"environment": ["CARGO_PKG_NAME", "PACT_WASM_SURELY_UNSET"]});
    let granted = [
        variable("CARGO_PKG_NAME"),
        variable("CARGO_PKG_VERSION"),
        variable("PACT_WASM_SURELY_UNSET"),
    ];
    let (allowance, _) = allow(&asked, &granted).unwrap();
    let name = std::env::var("CARGO_PKG_NAME").expect("cargo sets it");
    assert_eq!(
        allowance.environment(),
        [("CARGO_PKG_NAME".to_string(), name)]
    );
    for other in ["cargo_pkg_name", "CARGO_PKG", "CARGO_PKG_NAME_", "*"] {
        let asked = json!({ "environment": [other] });
        let expected = format!("environment variable {other}");
        assert_eq!(refused(&asked, &granted), [expected]);
    }
}

#[test]
fn names_of_variables_and_paths_are_checked_in_grants_too() {
    for name in ["", "A=B", "=", "A\0B"] {
        let reason = Permission::environment(name).unwrap_err();
        assert!(reason.ends_with("not the name of a variable"), "{reason}");
    }
    for path in ["", ".", "schemas", "../x", "~/x"] {
        let reason = Permission::directory(Path::new(path), Access::Read).unwrap_err();
        assert_eq!(reason, format!("is \"{path}\", not an absolute path"));
    }
}

// ---- directories ----

fn ask_directory(path: &str, access: &str) -> Value {
    json!({"directories": [{"path": path, "access": access}]})
}

/// Asked for as `path` of a plugin that lies in `/plugins/p`: the directories that it gets, if it may have them.
fn directories_of(path: &Path, access: &str, granted: &[Permission]) -> Option<Vec<Directory>> {
    let asked = ask_directory(path.to_str().unwrap(), access);
    match allow(&asked, granted) {
        Ok((allowance, _)) => Some(allowance.directories().to_vec()),
        Err(error) => {
            assert_eq!(error.code(), Code::Permission);
            None
        }
    }
}

#[test]
fn a_directory_is_granted_with_what_is_below_it_and_nothing_beside_it() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path().canonicalize().unwrap();
    let (granted, beside) = (root.join("granted"), root.join("granted-too"));
    for directory in [&granted.join("below/deep"), &beside] {
        std::fs::create_dir_all(directory).unwrap();
    }
    std::fs::write(granted.join("file"), "").unwrap();
    let grants = [files(&granted, Access::Read)];
    for (path, expected) in [
        ("granted", Some("granted")),
        ("granted/", Some("granted")),
        ("granted/./below/", Some("granted/below")),
        ("granted/below/deep", Some("granted/below/deep")),
        ("granted/below/..", Some("granted")),
        ("granted-too/../granted", Some("granted")),
        ("granted/..", None),
        ("granted/below/../..", None),
        ("granted-too", None),
        ("granted/missing", None),
        ("granted/missing/..", None),
        ("granted/file", None),
        ("granted/file/..", None),
        ("", None),
    ] {
        let asked = root.join(path);
        let got = directories_of(&asked, "read", &grants);
        let expected = expected.map(|it| {
            vec![Directory {
                path: root.join(it),
                name: asked.to_str().unwrap().to_string(),
                access: Access::Read,
            }]
        });
        assert_eq!(got, expected, "{path}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_resolved_before_anything_is_compared() {
    use std::os::unix::fs::symlink;
    let root = tempfile::tempdir().unwrap();
    let root = root.path().canonicalize().unwrap();
    for directory in ["granted/below", "outside/below"] {
        std::fs::create_dir_all(root.join(directory)).unwrap();
    }
    for (target, link) in [
        ("../outside", "granted/out"),
        ("below", "granted/in"),
        ("granted", "door"),
        ("missing", "granted/dangling"),
        ("circle", "granted/circle"),
    ] {
        symlink(target, root.join(link)).unwrap();
    }
    symlink(root.join("outside"), root.join("granted/absolute")).unwrap();
    let get = |path: &str, granted: &str| -> Option<PathBuf> {
        let grants = [files(&root.join(granted), Access::Read)];
        let got = directories_of(&root.join(path), "read", &grants)?;
        assert_eq!(got.len(), 1);
        Some(got[0].path.clone())
    };
    for path in [
        "granted/out",
        "granted/out/below",
        "granted/absolute",
        "granted/in/../../outside",
        "granted/dangling",
        "granted/circle",
    ] {
        assert_eq!(get(path, "granted"), None, "{path}");
    }
    let below = Some(root.join("granted/below"));
    assert_eq!(get("granted/in", "granted"), below);
    assert_eq!(get("door/in", "granted"), below);
    assert_eq!(get("granted/below", "door"), below);
    assert_eq!(get("granted/out", "outside"), Some(root.join("outside")));
    assert_eq!(get("granted", "missing"), None);
}

#[cfg(unix)]
#[test]
fn a_link_that_comes_after_the_grant_does_not_move_it() {
    use std::os::unix::fs::symlink;
    let root = tempfile::tempdir().unwrap();
    let root = root.path().canonicalize().unwrap();
    std::fs::create_dir_all(root.join("granted/below")).unwrap();
    std::fs::create_dir_all(root.join("outside/below")).unwrap();
    symlink("granted", root.join("door")).unwrap();
    let grant = |path: &str| [files(&root.join(path), Access::Read)];
    let grants = [
        "granted/below",
        "door/below",
        "door",
        "granted/later",
        "granted/later/deep",
    ];
    let [below, by_door, door, later, deep] = grants.map(grant);
    let get = |path: &str, granted| {
        let got = directories_of(&root.join(path), "read", granted)?;
        Some(got[0].path.clone())
    };
    let expected = Some(root.join("granted/below"));
    assert_eq!(get("door/below", &by_door), expected);

    // What is made later is there as soon as it is made.
    assert_eq!(get("granted/later", &later), None);
    std::fs::create_dir_all(root.join("granted/later/deep")).unwrap();
    assert_eq!(
        get("granted/later", &later),
        Some(root.join("granted/later"))
    );
    assert_eq!(
        get("door/later/deep", &deep),
        Some(root.join("granted/later/deep"))
    );

    std::fs::remove_file(root.join("door")).unwrap();
    symlink("outside", root.join("door")).unwrap();
    for granted in [&by_door, &door, &below] {
        assert_eq!(get("door/below", granted), None);
        assert_eq!(get("granted/below", granted), expected);
    }
    for (path, granted) in [("granted/below", &below), ("granted/later", &later)] {
        std::fs::rename(root.join(path), root.join("moved")).unwrap();
        symlink(root.join("outside"), root.join(path)).unwrap();
        assert_eq!(get(path, granted), None, "{path}");
        assert_eq!(get("outside", granted), None, "{path}");
        std::fs::remove_dir_all(root.join("moved")).unwrap();
    }
}

#[test]
fn reading_is_not_writing() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path().canonicalize().unwrap();
    let read = [files(&root, Access::Read)];
    let write = [files(&root, Access::ReadWrite)];
    let access = |asked: &str, granted: &[Permission]| {
        directories_of(&root, asked, granted).map(|it| it[0].access)
    };
    assert_eq!(access("read", &read), Some(Access::Read));
    assert_eq!(access("read-write", &read), None);
    assert_eq!(access("read", &write), Some(Access::Read));
    assert_eq!(access("read-write", &write), Some(Access::ReadWrite));
    let both = [files(&root, Access::Read), files(&root, Access::ReadWrite)];
    assert_eq!(access("read-write", &both), Some(Access::ReadWrite));
    let message = format!("read and write {}", root.display());
    let asked = ask_directory(root.to_str().unwrap(), "read-write");
    assert_eq!(refused(&asked, &read), [message]);
}

#[test]
fn a_relative_path_counts_from_the_manifest() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path().canonicalize().unwrap();
    std::fs::create_dir_all(root.join("p/schemas")).unwrap();
    std::fs::create_dir_all(root.join("q")).unwrap();
    let get = |path: &str| {
        let asked = Asked::parse(&ask_directory(path, "read"), &root.join("p")).unwrap();
        let grants = [grant(None, files(&root.join("p"), Access::Read))];
        let (allowance, _) = Allowance::new("p", &asked, &grants).ok()?;
        let directory = allowance.directories()[0].clone();
        Some((directory.path, directory.name))
    };
    assert_eq!(
        get("schemas"),
        Some((root.join("p/schemas"), "schemas".to_string()))
    );
    assert_eq!(get("."), Some((root.join("p"), ".".to_string())));
    assert_eq!(
        get("../p/schemas").map(|it| it.0),
        Some(root.join("p/schemas"))
    );
    assert_eq!(get("../q"), None);
    assert_eq!(get(".."), None);
}

#[cfg(unix)]
#[test]
fn a_link_that_comes_and_goes_is_looked_at_once() {
    use std::os::unix::fs::symlink;
    use std::sync::atomic::{AtomicBool, Ordering};
    let root = tempfile::tempdir().unwrap();
    let root = root.path().canonicalize().unwrap();
    for directory in ["granted/inside", "outside"] {
        std::fs::create_dir_all(root.join(directory)).unwrap();
    }
    let links = [("inside", "a"), ("../outside", "b")];
    for (target, link) in links {
        symlink(target, root.join("granted").join(link)).unwrap();
    }
    let asked = root.join("granted/a");
    let grants = [files(&root.join("granted"), Access::Read)];
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Each link replaces the other one at once: there is always one.
            let next = root.join("granted/next");
            for (target, _) in links.iter().cycle() {
                symlink(target, &next).unwrap();
                std::fs::rename(&next, &asked).unwrap();
                if stop.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        for _ in 0..5_000 {
            let got = directories_of(&asked, "read", &grants);
            for directory in got.iter().flatten() {
                if directory.path != root.join("granted/inside") {
                    stop.store(true, Ordering::Relaxed);
                    panic!("{directory:?}");
                }
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}
