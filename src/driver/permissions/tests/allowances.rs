//! What is allowed of it.

use super::*;

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

#[test]
fn command_lines_name_the_kind_before_the_value() {
    for (text, permission) in [
        ("listen=127.0.0.1:80", listen("127.0.0.1:80")),
        ("connect=localhost", connect("localhost")),
        ("environment=A", variable("A")),
    ] {
        assert_eq!(text.parse(), Ok(permission), "{text}");
    }
    assert_eq!(
        "read=/".parse(),
        Permission::directory(Path::new("/"), Access::Read)
    );
    assert_eq!(
        "read-write=/".parse(),
        Permission::directory(Path::new("/"), Access::ReadWrite)
    );
    let unknown = "write=/".parse::<Permission>().unwrap_err();
    assert!(
        unknown.starts_with("is \"write=/\"; there are listen=ADDRESS"),
        "{unknown}"
    );
    assert!("connect=".parse::<Permission>().is_err());
}
