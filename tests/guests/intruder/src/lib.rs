//! A plugin that tries what the sandbox may forbid and reports what came of it, for the host's tests of permissions.
//!
//! `compare-contents` takes a JSON list of probes as the actual body, such as `[{"do": "read", "path": "/x"}]`. The
//! answer is always an error, whose text is a JSON list with one result for each probe, in their order: `{"ok": …}`, or
//! `{"error": …}` with WASI's name of the error (`access-denied`, `not-permitted`) or, where there is none, a text.
//!
//! | `do`           | other keys                               | tries to                        | `ok`               |
//! |----------------|------------------------------------------|---------------------------------|--------------------|
//! | `read`         | path                                     | read a file                     | its text           |
//! | `write`        | path, text                               | create or replace a file        | `true`             |
//! | `list`         | path                                     | list a directory                | the names, sorted  |
//! | `remove`       | path                                     | remove a file or a directory    | `true`             |
//! | `rename`       | from, to                                 | rename a file                   | `true`             |
//! | `link`         | from, to                                 | make the hard link `to`         | `true`             |
//! | `mkdir`        | path                                     | make a directory                | `true`             |
//! | `stat`         | path                                     | look at a file, through links   | `type` and `size`  |
//! | `symlink`      | from, to                                 | make the symbolic link `to`     | `true`             |
//! | `preopens`     |                                          | see the preopened directories   | their names        |
//! | `read-at`      | preopen, path                            | read a file                     | its text           |
//! | `write-at`     | preopen, path, text                      | create or replace a file        | `true`             |
//! | `truncate-at`  | preopen, path                            | empty a file opened for reading | `true`             |
//! | `link-at`      | preopen, from, to-preopen, to            | make a hard link                | `true`             |
//! | `rename-at`    | preopen, from, to-preopen, to            | rename a file                   | `true`             |
//! | `env`          |                                          | see the environment             | an object          |
//! | `args`         |                                          | see the arguments               | a list             |
//! | `cwd`          |                                          | see the initial directory       | its path or `null` |
//! | `connect`      | address, port                            | connect by TCP                  | the first bytes    |
//! | `connect-from` | address, port, local-address, local-port | bind, then `connect`            | the first bytes    |
//! | `connect-name` | name, port                               | connect to a name's addresses   | the first bytes    |
//! | `listen`       | address, port                            | listen by TCP                   | the port           |
//! | `udp`          | address, port                            | send the datagram `probe`       | `true`             |
//! | `resolve`      | name                                     | look a name up                  | its addresses      |
//! | `resolve-many` | name, times                              | look a name up so often at once | how many succeeded |
//! | `sleep`        | ms                                       | sleep                           | `true`             |
//!
//! The first eight go through Rust's standard library. `symlink` and those that end in `-at` call `wasi:filesystem`
//! itself, so that nobody but the host checks them. Paths are passed on as they are. `symlink` makes a link with the
//! text `from`; its `to` begins with the name of a preopened directory, or counts from the one that the optional key
//! `preopen` names. `read-at`, `write-at` and `truncate-at` have the optional keys `follow` (`false`: do not follow a
//! symbolic link) and `through` (a directory to open first; `path` counts from there). `remove` takes a file or an
//! empty directory.
//!
//! Addresses are IP addresses, IPv6 without brackets; IPv4-mapped ones (`::ffff:127.0.0.1`) go through an IPv6 socket.
//! The three that connect answer with what the peer sends first, 100 bytes at most, or with `connected` where nothing
//! comes within 300 milliseconds (or `wait-ms`) or the peer closes. `connect-name` takes the first address that
//! works. What `listen` opened stays open until the call ends. `udp` binds to any address and port, or to the optional
//! keys `local-address` and `local-port`; with `"connected": true` it connects the socket before it sends.
//!
//! The manifest's `pluginConfig` key `probe`, a list of probes, makes `init` run them; it then fails with the results
//! as its message. Everything else behaves well: `configure-interaction` configures an empty interaction.

mod bindings {
    #![allow(missing_docs)]
    wit_bindgen::generate!({
        inline: "
            package test:intruder;

            world intruder {
                import pact:plugin/host@2.0.0;
                export pact:plugin/lifecycle@2.0.0;
                export pact:plugin/content-matcher@2.0.0;
            }
        ",
        path: "../../../wit",
        generate_all,
    });
}
mod descriptors;
mod files;
mod probe;
mod sockets;

use bindings::exports::pact::plugin::{content_matcher, lifecycle};
use bindings::pact::plugin::host;
use bindings::pact::plugin::types::*;

#[cfg(target_arch = "wasm32")]
bindings::export!(Intruder with_types_in bindings);

/// The guest.
pub struct Intruder;

impl lifecycle::Guest for Intruder {
    fn init(_request: InitRequest) -> Result<InitResponse, InitFailure> {
        let configuration = host::plugin_configuration();
        let configuration: serde_json::Value =
            serde_json::from_str(&configuration).unwrap_or_default();
        if let Some(probes) = configuration.get("probe") {
            return Err(InitFailure {
                message: probe::answer(&probes.to_string()),
                missing_capabilities: Vec::new(),
            });
        }
        let content_types = (
            "content-types".to_owned(),
            "application/x-probes".to_owned(),
        );
        Ok(InitResponse {
            catalogue: vec![CatalogueEntry {
                entry_type: EntryType::ContentMatcher,
                key: "intruder".to_owned(),
                values: vec![content_types],
            }],
            plugin_capabilities: Vec::new(),
        })
    }

    fn update_catalogue(_catalogue: Vec<CatalogueEntry>) {}
}

impl content_matcher::Guest for Intruder {
    fn configure_interaction(
        request: ConfigureInteractionRequest,
    ) -> Result<ConfigureInteractionResponse, String> {
        Ok(ConfigureInteractionResponse {
            interactions: vec![InteractionResponse {
                contents: Some(Body {
                    content_type: request.content_type,
                    content: Some(Vec::new()),
                    hint: ContentTypeHint::Default,
                }),
                rules: Vec::new(),
                generators: Vec::new(),
                message_metadata: None,
                plugin_configuration: None,
                interaction_markup: String::new(),
                interaction_markup_type: MarkupType::CommonMark,
                part_name: String::new(),
                metadata_rules: Vec::new(),
                metadata_generators: Vec::new(),
            }],
            plugin_configuration: None,
        })
    }

    fn compare_contents(request: CompareContentsRequest) -> Result<ContentsComparison, String> {
        let actual = request.actual.content.unwrap_or_default();
        Err(probe::answer(&String::from_utf8_lossy(&actual)))
    }
}
