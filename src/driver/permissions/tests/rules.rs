//! Address rules: reading them, and what they hold.

use super::*;

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
