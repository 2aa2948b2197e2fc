//! What manifests ask for.

use super::*;

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
            "which has control characters",
        ),
        (
            json!({"directories": [{"path": "a\nb", "access": "read"}]}),
            ".directories[0]",
            "which has control characters",
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
