//! Addresses, names, and too much of both.

use super::*;

/// The guest, with these network permissions, all of which are granted.
fn with_network(scene: &Scene, connects: &[&str], listens: &[&str]) -> Intruder {
    let granted = connects.iter().map(|it| connect(it));
    let granted = granted.chain(listens.iter().map(|it| listen(it)));
    let permissions = json!({ "connect": connects, "listen": listens });
    scene.intruder(&permissions, granting(granted))
}

#[test]
fn an_address_is_reached_that_is_granted_and_none_beside_it() {
    let scene = Scene::new();
    let port = greeter("127.0.0.1");
    let other = Forbidden::on("127.0.0.1:0");
    let rule = format!("127.0.0.1:{port}");
    let intruder = with_network(&scene, &[&rule], &[]);
    assert_eq!(intruder.ok(&to_connect("127.0.0.1", port)), "hello");
    intruder.assert_all_refused(
        &[
            to_connect("127.0.0.1", other.port()),
            to_connect("127.0.0.1", port - 1),
            to_connect("127.0.0.1", port + 1),
            to_connect("127.0.0.2", port),
            to_connect("127.255.255.254", port),
            to_connect("192.0.2.1", port),
            to_connect("169.254.169.254", port),
            to_connect("::1", port),
            to_connect("2001:db8::1", port),
            json!({ "do": "connect-name", "name": "localhost", "port": port }),
            to_resolve("localhost"),
            to_listen("127.0.0.1", 0),
            to_listen("127.0.0.1", port),
            json!({ "do": "udp", "address": "127.0.0.1", "port": port }),
        ],
        "access-denied",
    );
    // These are no addresses to connect to, as WASI has it.
    intruder.assert_all_refused(
        &[
            to_connect("::ffff:127.0.0.1", port),
            to_connect("::127.0.0.1", port),
            to_connect("127.0.0.1", 0),
            to_connect("0.0.0.0", port),
            to_connect("::", port),
            to_connect("255.255.255.255", port),
            to_connect("224.0.0.1", port),
            to_connect("ff02::1", port),
        ],
        "invalid-argument",
    );
    other.assert_alone();
    let refusal = intruder.refusal(&to_connect("127.0.0.1", other.port()));
    let said = format!(
        "to connect to 127.0.0.1:{} (it may to {rule})",
        other.port()
    );
    assert!(refusal.contains(&said), "{refusal}");
    assert!(refusal.contains("what its manifest asks for"), "{refusal}");
}

#[test]
fn a_refusal_is_told_to_the_user_and_forgotten_with_its_call() {
    let scene = Scene::new();
    let optional = json!({ "listen": ["127.0.0.1:8001"], "optional": { "connect": ["*"] } });
    let intruder = scene.intruder(&optional, granting([listen("127.0.0.1:8001-8009")]));
    let refusal = intruder.refusal(&to_connect("127.0.0.1", 80));
    assert!(
        refusal.contains("refused it to connect to 127.0.0.1:80 (it may to nothing)"),
        "{refusal}"
    );
    let refusal = intruder.refusal(&to_listen("127.0.0.1", 8002));
    assert!(
        refusal.contains("refused it to listen on 127.0.0.1:8002 (it may on 127.0.0.1:8001-8009)"),
        "{refusal}"
    );
    assert!(!refusal.contains("connect"), "{refusal}");
    let (_, error) = intruder.try_all(&[json!({ "do": "env" })]);
    assert_eq!(error.code(), Code::Plugin, "{error}");

    let warnings: Vec<String> = intruder
        .plugin
        .logs()
        .into_iter()
        .map(|it| it.message)
        .collect();
    assert_eq!(
        warnings,
        [
            "it has to do without what this host does not grant: connect to *",
            "the sandbox refuses to connect to 127.0.0.1:80 (it may to nothing)",
            "the sandbox refuses to listen on 127.0.0.1:8002 (it may on 127.0.0.1:8001-8009)",
        ]
    );
}

#[test]
fn ipv6_is_not_ipv4() {
    let scene = Scene::new();
    // A machine may have no IPv6. What is refused is refused there too.
    let port = TcpListener::bind("[::1]:0").map(|_| greeter("::1"));
    let intruder = with_network(&scene, &["[::/0]"], &[]);
    match port {
        Ok(port) => assert_eq!(intruder.ok(&to_connect("::1", port)), "hello"),
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::AddrNotAvailable),
    }
    let server = Forbidden::on("127.0.0.1:0");
    intruder.assert_all_refused(&[to_connect("127.0.0.1", server.port())], "access-denied");
    intruder.assert_all_refused(
        &[to_connect("::ffff:127.0.0.1", server.port())],
        "invalid-argument",
    );
    server.assert_alone();
    let intruder = with_network(&scene, &["0.0.0.0/0"], &["0.0.0.0/0"]);
    intruder.assert_all_refused(
        &[
            to_connect("::1", server.port()),
            to_listen("::1", 0),
            to_listen("::", 0),
        ],
        "access-denied",
    );
    server.assert_alone();
}

#[test]
fn localhost_is_all_of_loopback_and_nothing_else() {
    let scene = Scene::new();
    let port = greeter("127.0.0.1");
    let intruder = with_network(&scene, &["LocalHost"], &[]);
    assert_eq!(intruder.ok(&to_connect("127.0.0.1", port)), "hello");
    let by_name =
        json!({ "do": "connect-name", "name": "LOCALHOST", "port": port, "wait-ms": 20_000 });
    assert_eq!(intruder.ok(&by_name), "hello");
    // Nothing listens there, which only who may connect learns.
    intruder.assert_all_refused(
        &[to_connect("127.1.2.3", free_port())],
        "connection-refused",
    );
    intruder.assert_all_refused(
        &[
            to_connect("192.0.2.1", port),
            to_connect("128.0.0.1", port),
            to_connect("fe80::1", port),
            to_resolve("localhost.example"),
            to_listen("127.0.0.1", 0),
        ],
        "access-denied",
    );
}

#[test]
fn a_plugin_that_is_no_transport_asks_before_it_listens() {
    let scene = Scene::new();
    let intruder = with_network(&scene, &["localhost"], &[]);
    let anywhere = ["127.0.0.1", "127.0.0.2", "0.0.0.0", "::1", "::"];
    intruder.assert_all_refused(&anywhere.map(|it| to_listen(it, 0)), "access-denied");
    let refusal = intruder.refusal(&to_listen("127.0.0.1", 8080));
    assert!(
        refusal.contains("to listen on 127.0.0.1:8080 (it may on nothing)"),
        "{refusal}"
    );
}

#[test]
fn a_transport_listens_on_loopback_without_asking() {
    let host = common::host(common::config());
    let plugin = host.load("line", None).expect("loads");
    plugin.init(&CallOptions::default()).expect("initialises");
    let start = |interface: &str| {
        let request = json!({ "hostInterface": interface, "interactions": [] }).to_string();
        common::call(&plugin, "start-mock-server", &request)
    };
    let server: Value =
        serde_json::from_str(&start("127.0.0.1").expect("it starts")).expect("JSON");
    let port = server["port"].as_u64().expect("a port");
    TcpStream::connect(format!("127.0.0.1:{port}")).expect("it listens");
    for interface in ["0.0.0.0", "192.0.2.1", "::"] {
        let error = start(interface).expect_err("not granted");
        assert_eq!(error.code(), Code::Permission, "{error}");
        assert!(
            error.to_string().contains("(it may on loopback)"),
            "{error}"
        );
    }
}

#[test]
fn listening_keeps_to_its_address_and_its_ports() {
    let scene = Scene::new();
    let port = free_port();
    let intruder = with_network(&scene, &[], &[&format!("127.0.0.1:{port}")]);
    assert_eq!(intruder.ok(&to_listen("127.0.0.1", port)), port);
    intruder.assert_all_refused(
        &[
            to_listen("127.0.0.1", port - 1),
            to_listen("127.0.0.1", port + 1),
            // A port that the system chooses is looked at before anybody can connect to it.
            to_listen("127.0.0.1", 0),
            to_listen("127.0.0.2", port),
            to_listen("0.0.0.0", port),
            to_listen("0.0.0.0", 0),
            to_listen("192.0.2.1", port),
            to_listen("::1", port),
            to_listen("::", port),
            to_listen("::", 0),
            to_connect("127.0.0.1", port),
        ],
        "access-denied",
    );
    intruder.assert_all_refused(&[to_listen("::ffff:127.0.0.1", port)], "invalid-argument");
}

#[test]
fn a_port_that_the_system_chooses_may_be_in_a_range_of_all() {
    let scene = Scene::new();
    let intruder = with_network(&scene, &[], &["127.0.0.0/8"]);
    for address in ["127.0.0.1", "127.0.0.2"] {
        let port = intruder.ok(&to_listen(address, 0));
        assert!(port.as_u64().is_some_and(|it| it > 0), "{port}");
    }
    intruder.assert_all_refused(&[to_listen("0.0.0.0", 0)], "access-denied");
}

#[test]
fn an_own_address_must_be_granted_for_listening() {
    let scene = Scene::new();
    let port = greeter("127.0.0.1");
    let from = |address: &str, local_port: u16| {
        json!({
            "do": "connect-from", "local-address": address, "local-port": local_port, "address": "127.0.0.1",
            "port": port, "wait-ms": 20_000,
        })
    };
    let own = free_port();
    let intruder = with_network(&scene, &["127.0.0.1"], &[]);
    intruder.assert_all_refused(
        &[
            from("127.0.0.1", 0),
            from("127.0.0.1", own),
            from("127.0.0.2", 0),
            from("0.0.0.0", own),
        ],
        "access-denied",
    );
    // This one says nothing: any address, any port.
    assert_eq!(intruder.ok(&from("0.0.0.0", 0)), "hello");
    let intruder = with_network(&scene, &["127.0.0.1"], &[&format!("127.0.0.1:{own}")]);
    assert_eq!(intruder.ok(&from("127.0.0.1", own)), "hello");
    intruder.assert_all_refused(
        &[from("127.0.0.2", own), from("127.0.0.1", own ^ 1)],
        "access-denied",
    );
}

#[test]
fn there_is_no_udp_whatever_is_granted() {
    let scene = Scene::new();
    let udp = UdpSocket::bind("127.0.0.1:0").expect("a port");
    udp.set_nonblocking(true).expect("set");
    let port = udp.local_addr().expect("an address").port();
    let intruder = with_network(&scene, &["*"], &["*"]);
    let mut probes = Vec::new();
    for connected in [false, true] {
        for local in ["127.0.0.1", "0.0.0.0"] {
            probes.push(json!({
                "do": "udp", "address": "127.0.0.1", "port": port, "local-address": local, "connected": connected,
            }));
        }
    }
    intruder.assert_all_refused(&probes, "access-denied");
    assert!(udp.recv(&mut [0; 8]).is_err());
}

// ---- names ----

#[test]
fn a_name_that_no_rule_names_is_not_looked_up() {
    let scene = Scene::new();
    let intruder = with_network(&scene, &["api.example:443", "0.0.0.0/0", "[::/0]"], &[]);
    let names = [
        "localhost",
        "example",
        "secret-data.evil.example",
        "api.example.evil.example",
        "xapi.example",
        "api.example\0",
        "api%2Eexample",
        "2130706433",
        "0x7f.1",
        "127.1",
        "",
    ];
    intruder.assert_all_refused(&names.map(to_resolve), "access-denied");
    let refusal = intruder.refusal(&to_resolve("secret-data.evil.example"));
    let said = "to look up \"secret-data.evil.example\" (it may connect to api.example:443, ";
    assert!(refusal.contains(said), "{refusal}");
}

#[test]
fn an_address_is_its_own_name_and_grants_nothing() {
    let scene = Scene::new();
    let server = Forbidden::on("127.0.0.1:0");
    let intruder = with_network(&scene, &["api.example"], &[]);
    for (name, address) in [
        ("127.0.0.1", "127.0.0.1"),
        ("192.0.2.1", "192.0.2.1"),
        ("::1", "::1"),
        ("[::1]", "::1"),
    ] {
        assert_eq!(intruder.ok(&to_resolve(name)), json!([address]), "{name}");
        let by_name = json!({ "do": "connect-name", "name": name, "port": server.port() });
        intruder.assert_all_refused(
            &[by_name, to_connect(address, server.port())],
            "access-denied",
        );
    }
    server.assert_alone();
}

/// A name other than `localhost` that leads to this machine itself. Most machines have one.
fn name_of_loopback() -> Option<String> {
    let hosts = fs::read_to_string("/etc/hosts").unwrap_or_default();
    let lines = hosts
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default());
    let mut names = lines.flat_map(|line| line.split_whitespace().skip(1));
    let is_one = |name: &&str| {
        let leads_to = (*name, 0).to_socket_addrs().map(Vec::from_iter);
        let leads_to = leads_to.unwrap_or_default();
        *name != "localhost"
            && AddressRule::parse(name).is_ok()
            && leads_to.iter().any(|it| it.ip().is_loopback())
    };
    names.find(is_one).map(str::to_string)
}

#[test]
fn a_name_does_not_lead_back_to_this_machine() {
    let Some(name) = name_of_loopback() else {
        // The unit tests of the rules have all such addresses.
        let hosts = fs::read_to_string("/etc/hosts").unwrap_or_default();
        let names = hosts.lines().filter(|line| line.starts_with("127."));
        let mut names = names.flat_map(|line| line.split_whitespace().skip(1));
        assert!(
            names.all(|it| it == "localhost" || it.starts_with('#')),
            "{hosts}"
        );
        return;
    };
    let scene = Scene::new();
    let server = Forbidden::on("127.0.0.1:0");
    let intruder = with_network(&scene, &[&name], &[]);
    let addresses = intruder.ok(&to_resolve(&name));
    let addresses = addresses.as_array().expect("a list").iter();
    let addresses = addresses.map(|it| it.as_str().expect("a text").parse().expect("an address"));
    let addresses: Vec<IpAddr> = addresses.collect();
    assert!(addresses.iter().any(IpAddr::is_loopback), "{addresses:?}");
    for address in addresses.iter().filter(|it| it.is_loopback()) {
        let probe = to_connect(&address.to_string(), server.port());
        let by_name = json!({ "do": "connect-name", "name": name, "port": server.port() });
        let (results, error) = intruder.try_all(&[to_resolve(&name), by_name, probe]);
        assert_eq!(results[1]["error"], "access-denied");
        assert_eq!(results[2]["error"], "access-denied");
        let said = format!("alias {} (it may to {name})", name.to_lowercase());
        assert!(error.to_string().contains(&said), "{error}");
    }
    server.assert_alone();
    // It takes a rule of its own.
    let port = greeter("127.0.0.1");
    let intruder = with_network(&scene, &[&name, "127.0.0.1"], &[]);
    assert_eq!(intruder.ok(&to_connect("127.0.0.1", port)), "hello");
}

/// An address of this machine that others reach it by. Nothing is sent to find it.
fn own_address() -> Option<std::net::Ipv4Addr> {
    let socket = UdpSocket::bind("0.0.0.0:0").expect("a port");
    socket.connect("198.51.100.1:9").ok()?;
    match socket.local_addr().expect("an address").ip() {
        IpAddr::V4(address) if !address.is_loopback() => Some(address),
        _ => None,
    }
}

#[test]
fn an_address_is_reached_by_a_name_only_after_looking_it_up() {
    let Some(address) = own_address() else {
        // Without another address than loopback there is nothing that a name could lead to.
        assert!(TcpStream::connect("198.51.100.1:9").is_err());
        return;
    };
    let scene = Scene::new();
    let port = greeter(&address.to_string());
    // To a rule this is a name, and looking it up asks nobody.
    let name = format!("0x{:08x}", u32::from(address));
    let intruder = with_network(&scene, &[&format!("{name}:{port}")], &[]);
    let direct = to_connect(&address.to_string(), port);
    intruder.assert_all_refused(std::slice::from_ref(&direct), "access-denied");
    let resolve = to_resolve(&name.to_uppercase().replace('X', "x"));
    let results = intruder.results(&[resolve, direct.clone()]);
    assert_eq!(
        results,
        [
            json!({ "ok": [address.to_string()] }),
            json!({ "ok": "hello" })
        ]
    );
    intruder.assert_all_refused(
        &[
            to_connect(&address.to_string(), port ^ 1),
            to_connect("127.0.0.1", port),
        ],
        "access-denied",
    );
    // What one instance has learnt is not known to the next.
    intruder.lose_instance();
    intruder.assert_all_refused(&[direct], "access-denied");
}

// ---- too much of it ----

#[test]
fn many_refusals_fill_neither_the_log_nor_the_error() {
    let scene = Scene::new();
    let permissions = json!({ "connect": ["127.0.0.1:1"] });
    let mut config = granting([connect("127.0.0.1:1")]);
    config.limits.log_bytes = 20_000;
    let intruder = scene.intruder(&permissions, config);
    let probes: Vec<Value> = (2..502).map(|port| to_connect("127.0.0.1", port)).collect();
    for _ in 0..3 {
        let (results, error) = intruder.try_all(&probes);
        assert!(results.iter().all(|it| it["error"] == "access-denied"));
        let ErrorKind::Refused { refused, .. } = error.kind() else {
            panic!("{error}");
        };
        let told = |port| format!("to connect to 127.0.0.1:{port} (it may to 127.0.0.1:1)");
        let first: Vec<String> = (2..7).map(told).collect();
        assert_eq!(*refused, first);
    }
    let logs = intruder.plugin.logs();
    assert!(logs.len() <= KEPT_RECORDS);
    let length: usize = logs.iter().map(|it| it.message.len()).sum();
    assert!(length < 3 * 20_000, "{length}");
    let dropped = logs
        .iter()
        .filter(|it| it.message.contains("dropped: one call may log"));
    assert_eq!(dropped.count(), 3);
}

#[test]
fn a_long_name_does_not_fill_the_log() {
    let scene = Scene::new();
    let intruder = with_network(&scene, &["127.0.0.1:1"], &[]);
    let name = "n".repeat(2 << 20);
    let (results, error) = intruder.try_all(&vec![to_resolve(&name); 20]);
    assert!(results.iter().all(|it| it["error"] == "access-denied"));
    let ErrorKind::Refused { refused, .. } = error.kind() else {
        panic!("{error:.300}");
    };
    assert_eq!(refused.len(), 5);
    let logs: Vec<String> = intruder
        .plugin
        .logs()
        .into_iter()
        .map(|it| it.message)
        .collect();
    assert_eq!(
        logs,
        ["20 log record(s) dropped: one call may log 1048576 bytes"]
    );
}
