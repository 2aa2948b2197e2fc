//! What is asked for, granted, refused; and the environment.

use super::*;

// ---- asking and granting ----

/// Everything that the guest can try, without any permission.
fn assert_nothing_is_reached(scene: &Scene, intruder: &Intruder) {
    let server = Forbidden::on("127.0.0.1:0");
    let udp = UdpSocket::bind("127.0.0.1:0").expect("a port");
    udp.set_nonblocking(true).expect("set");
    let udp_port = udp.local_addr().expect("an address").port();
    let secret = scene.text("outside/secret");
    let written = scene.text("outside/deeper/new");

    let see = ["preopens", "env", "args", "cwd"].map(|it| json!({ "do": it }));
    let seen = json!([{"ok": []}, {"ok": {}}, {"ok": []}, {"ok": null}]);
    assert_eq!(json!(intruder.results(&see)), seen);
    intruder.assert_all_refused(
        &[
            to_read(&secret),
            to_read("/etc/passwd"),
            to_read("intruder.wasm"),
            to_read("pact-plugin.json"),
            to_read("/proc/self/environ"),
            json!({ "do": "list", "path": "/" }),
            json!({ "do": "list", "path": "." }),
            json!({ "do": "stat", "path": "/" }),
            json!({ "do": "write", "path": written, "text": "x" }),
            json!({ "do": "mkdir", "path": written }),
            json!({ "do": "remove", "path": secret }),
            json!({ "do": "rename", "from": secret, "to": written }),
            json!({ "do": "link", "from": secret, "to": written }),
        ],
        "no-entry",
    );
    intruder.assert_all_refused(
        &[
            to_connect("127.0.0.1", server.port()),
            to_connect("::1", server.port()),
            json!({ "do": "connect-name", "name": "localhost", "port": server.port() }),
            to_listen("127.0.0.1", 0),
            to_listen("::1", 0),
            to_listen("0.0.0.0", 0),
            to_resolve("localhost"),
            json!({ "do": "udp", "address": "127.0.0.1", "port": udp_port }),
            json!({ "do": "udp", "address": "127.0.0.1", "port": udp_port, "connected": true }),
        ],
        "access-denied",
    );
    let udp_probe = json!({ "do": "udp", "address": "127.0.0.1", "port": udp_port });
    for (probe, what) in [
        (to_connect("127.0.0.1", server.port()), "the network"),
        (to_listen("127.0.0.1", 0), "the network"),
        (to_resolve("localhost"), "the network"),
        (to_resolve("127.0.0.1"), "the network"),
        (udp_probe, "UDP, which no plugin has"),
    ] {
        let refusal = intruder.refusal(&probe);
        let said = format!("the sandbox had refused it {what}");
        assert!(refusal.contains(&said), "{refusal}");
        let logs = intruder.plugin.logs();
        let record = logs.last().expect("a record");
        assert_eq!(record.level, Level::Warn);
        assert_eq!(record.message, format!("the sandbox refuses {what}"));
    }
    server.assert_alone();
    assert!(udp.recv(&mut [0; 8]).is_err());
    scene.assert_untouched();
}

fn everything() -> Vec<Permission> {
    vec![
        connect("*"),
        listen("*"),
        variable("CARGO_PKG_NAME"),
        files(Path::new("/"), Access::ReadWrite),
    ]
}

#[test]
fn without_grants_nothing_is_reached() {
    let scene = Scene::new();
    let intruder = scene.intruder(&json!({}), common::config());
    assert_nothing_is_reached(&scene, &intruder);
}

#[test]
fn what_is_granted_and_not_asked_for_is_not_reached() {
    let scene = Scene::new();
    let intruder = scene.intruder(&json!({}), granting(everything()));
    assert_nothing_is_reached(&scene, &intruder);
}

#[test]
fn what_is_optional_and_refused_is_not_reached_and_the_log_names_it() {
    let scene = Scene::new();
    let optional = json!({
        "connect": ["127.0.0.1:80"], "environment": ["CARGO_PKG_NAME"], "listen": ["*:81"],
        "directories": [{ "path": "/etc", "access": "read" }],
    });
    let intruder = scene.intruder(&json!({ "optional": optional }), common::config());
    assert_nothing_is_reached(&scene, &intruder);
    let logs = intruder.plugin.logs();
    let record = &logs[0];
    assert_eq!(
        (record.level, record.target.as_str()),
        (Level::Info, "pact_wasm")
    );
    for refused in [
        "it has to do without what this host does not grant: ",
        "connect to 127.0.0.1:80",
        "environment variable CARGO_PKG_NAME",
        "listen on *:81",
        "read /etc",
    ] {
        assert!(record.message.contains(refused), "{}", record.message);
    }
}

#[test]
fn what_is_asked_for_and_not_granted_is_an_error_that_names_all_of_it() {
    let scene = Scene::new();
    let asked = json!({
        "connect": ["api.example:443", "127.0.0.1:80"], "environment": ["CARGO_PKG_NAME"],
        "listen": ["*:81"], "directories": [
            { "path": "/etc", "access": "read-write" },
            { "path": "data", "access": "read" },
        ],
    });
    scene.set(&json!({ "permissions": asked }));
    let granted = [
        connect("127.0.0.1:80"),
        files(Path::new("/etc"), Access::Read),
    ];
    let error = scene.load(granting(granted)).err().expect("refused");
    assert_eq!(error.code(), Code::Permission);
    assert_eq!(error.plugin(), Some(("intruder", "1.0.0")));
    let ErrorKind::PermissionsRefused { refused } = error.kind() else {
        panic!("{error}");
    };
    let mut refused = refused.clone();
    refused.sort();
    assert_eq!(
        refused,
        [
            "connect to api.example:443",
            "environment variable CARGO_PKG_NAME",
            "listen on *:81",
            &format!("read {}", scene.text("intruder/data")),
            "read and write /etc",
        ]
    );
    for text in refused {
        assert!(error.to_string().contains(&text), "{error}");
    }
}

#[test]
fn a_mistake_in_the_manifest_is_an_error_of_the_manifest() {
    let scene = Scene::new();
    scene.set(&json!({ "permissions": { "conect": ["*"] } }));
    let error = scene.load(granting(everything())).err().expect("refused");
    assert_eq!(error.code(), Code::ManifestInvalid);
    let place = "field \"pluginConfig.permissions.conect\" is not known";
    assert!(error.to_string().contains(place), "{error}");
}

#[test]
fn a_grant_for_one_plugin_does_not_help_another() {
    let scene = Scene::new();
    let asked = json!({ "connect": ["127.0.0.1"] });
    scene.set(&json!({ "permissions": asked }));
    let grant = |plugin: &str| Config {
        grants: vec![Grant {
            plugin: Some(plugin.into()),
            permission: connect("*"),
        }],
        ..common::config()
    };
    for other in ["line", "Intruder", "intruder2", ""] {
        let error = scene.load(grant(other)).err().expect("refused");
        assert_eq!(error.code(), Code::Permission, "{other}");
    }
    let intruder = scene.intruder(&asked, grant("intruder"));
    let port = greeter("127.0.0.1");
    assert_eq!(intruder.ok(&to_connect("127.0.0.1", port)), "hello");
}

#[test]
fn init_reaches_what_calls_reach_and_no_more() {
    let scene = Scene::new();
    let port = greeter("127.0.0.1");
    let server = Forbidden::on("127.0.0.1:0");
    let inside = scene.text("granted/inside");
    let probes = [
        to_read(&inside),
        json!({ "do": "env" }),
        to_connect("127.0.0.1", port),
        to_read(&scene.text("outside/secret")),
        json!({ "do": "write", "path": inside, "text": "x" }),
        to_connect("127.0.0.1", server.port()),
        to_listen("127.0.0.1", 0),
        to_resolve("localhost"),
        json!({ "do": "udp", "address": "127.0.0.1", "port": 9 }),
    ];
    let permissions = json!({
        "connect": [format!("127.0.0.1:{port}")], "environment": ["CARGO_PKG_NAME"],
        "directories": [scene.ask_directory("granted", Access::Read)],
    });
    let config = || granting(everything());
    let in_calls = scene.intruder(&permissions, config()).results(&probes);

    scene.set(&json!({ "permissions": permissions, "probe": probes }));
    let intruder = scene.load(config()).expect("loads");
    let error = intruder.plugin.init(&CallOptions::default());
    let error = error.expect_err("it fails with the results");
    assert_eq!(error.code(), Code::Permission, "{error}");
    assert_eq!(results(&error), in_calls);
    let denied = json!({ "error": "access-denied" });
    assert_eq!(
        in_calls,
        [
            json!({ "ok": "inside" }),
            json!({ "ok": { "CARGO_PKG_NAME": env!("CARGO_PKG_NAME") } }),
            json!({ "ok": "hello" }),
            json!({ "error": "no-entry" }),
            json!({ "error": "not-permitted" }),
            denied.clone(),
            denied.clone(),
            denied.clone(),
            denied,
        ]
    );
    server.assert_alone();
}

#[test]
fn the_component_must_lie_in_the_plugins_directory() {
    let scene = Scene::new();
    let elsewhere = scene.text("elsewhere.wasm");
    fs::rename(scene.at("intruder/intruder.wasm"), &elsewhere).expect("moved");
    scene.link("../elsewhere.wasm", "intruder/link.wasm");
    for entry in ["../elsewhere.wasm", elsewhere.as_str(), "link.wasm"] {
        scene.set_field("entryPoint", &json!(entry));
        let error = scene.load(granting(everything())).err().expect("refused");
        assert_eq!(error.code(), Code::ManifestInvalid, "{entry}");
        assert!(
            error.to_string().contains("out of the plugin's directory"),
            "{error}"
        );
    }
}

// ---- the environment ----

#[test]
fn of_the_environment_there_is_what_is_granted_and_no_more() {
    let scene = Scene::new();
    let permissions = json!({ "environment": ["CARGO_PKG_NAME", "PACT_WASM_SURELY_UNSET"] });
    let granted = [
        "CARGO_PKG_NAME",
        "CARGO_PKG_VERSION",
        "PACT_WASM_SURELY_UNSET",
        "PATH",
    ];
    let intruder = scene.intruder(&permissions, granting(granted.map(variable)));
    assert_eq!(
        intruder.ok(&json!({ "do": "env" })),
        json!({ "CARGO_PKG_NAME": env!("CARGO_PKG_NAME") })
    );
    intruder.assert_all_refused(
        &[to_connect("127.0.0.1", 9), to_listen("127.0.0.1", 0)],
        "access-denied",
    );
    intruder.assert_all_refused(&[to_read("/etc/passwd")], "no-entry");
}
