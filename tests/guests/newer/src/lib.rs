//! A plugin that was built against a later minor version of the WIT package, which has a function, an interface and an
//! enum more than this host knows. It uses of the host only what was there before.

mod bindings {
    #![allow(missing_docs)]
    wit_bindgen::generate!({
        inline: "
            package test:newer;

            world newer {
                import pact:plugin/host@2.1.0;
                export pact:plugin/lifecycle@2.1.0;
                export pact:plugin/foresight@2.1.0;
            }

            package pact:plugin@2.1.0 {
                interface types {
                    enum entry-type { content-matcher, content-generator, transport, matcher, interaction, generator }
                    record catalogue-entry { entry-type: entry-type, key: string, values: list<tuple<string, string>> }
                    record init-request {
                        implementation: string,
                        version: string,
                        host-capabilities: list<string>,
                        plugin-instance-id: string,
                    }
                    record init-response { catalogue: list<catalogue-entry>, plugin-capabilities: list<string> }
                    record init-failure { message: string, missing-capabilities: list<string> }
                    enum mood { good, bad }
                }
                interface host {
                    enum log-level { trace, debug, info, warn, error }
                    log: func(level: log-level, target: string, message: string);
                    mood: func() -> bool;
                }
                interface lifecycle {
                    use types.{init-request, init-response, init-failure, catalogue-entry, mood};
                    init: func(request: init-request) -> result<init-response, init-failure>;
                    update-catalogue: func(catalogue: list<catalogue-entry>);
                    set-mood: func(mood: mood);
                }
                interface foresight {
                    foresee: func() -> string;
                }
            }
        ",
        generate_all,
    });
}

use bindings::exports::pact::plugin::{foresight, lifecycle};
use bindings::pact::plugin::host;
use bindings::pact::plugin::types::*;

#[cfg(target_arch = "wasm32")]
bindings::export!(Newer with_types_in bindings);

/// The guest.
pub struct Newer;

impl lifecycle::Guest for Newer {
    fn init(request: InitRequest) -> Result<InitResponse, InitFailure> {
        host::log(
            host::LogLevel::Info,
            "newer",
            &format!("init: {}", request.implementation),
        );
        Ok(InitResponse {
            catalogue: vec![CatalogueEntry {
                entry_type: EntryType::Interaction,
                key: "newer".to_owned(),
                values: Vec::new(),
            }],
            plugin_capabilities: Vec::new(),
        })
    }

    fn update_catalogue(_: Vec<CatalogueEntry>) {}

    fn set_mood(_: Mood) {}
}

impl foresight::Guest for Newer {
    fn foresee() -> String {
        "rain".to_owned()
    }
}
