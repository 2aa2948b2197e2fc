//! The JSON Schema of the generic call, for tests to hold requests and responses against.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

/// The schema of this version of the generic call.
pub const FILE: &str = "schema/generic-call-1.json";

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let text = std::fs::read_to_string(path()).expect("readable");
    serde_json::from_str(&text).expect("the schema is JSON")
});

static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(Definitions::compiled);

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE)
}

/// The schema itself.
pub fn document() -> &'static Value {
    &DOCUMENT
}

/// Says what is wrong with a value that does not follow a definition, for instance `body` or `init.request`.
pub fn check(definition: &str, value: &Value) -> Result<(), String> {
    DEFINITIONS.check(definition, value)
}

/// The same for JSON text.
pub fn check_text(definition: &str, text: &str) -> Result<(), String> {
    let value = serde_json::from_str(text).map_err(|e| format!("{definition}: {e}"))?;
    check(definition, &value)
}

/// All definitions of the schema, ready for use.
struct Definitions {
    schemas: Schemas,
    by_name: Vec<(String, SchemaIndex)>,
}

impl Definitions {
    fn compiled() -> Self {
        let id = document()["$id"].as_str().expect("an $id");
        // As most validators are: what `contentEncoding` says, a pattern has to say too.
        let mut compiler = Compiler::new();
        compiler
            .add_resource(id, document().clone())
            .expect("the schema is one");
        let mut schemas = Schemas::new();
        let names = document()["$defs"].as_object().expect("definitions").keys();
        let mut compile = |name: &String| {
            let place = format!("{id}#/$defs/{name}");
            let index = compiler.compile(&place, &mut schemas);
            (name.clone(), index.unwrap_or_else(|e| panic!("{e:#}")))
        };
        let by_name = names.map(&mut compile).collect();
        Definitions { schemas, by_name }
    }

    fn check(&self, definition: &str, value: &Value) -> Result<(), String> {
        let found = self.by_name.iter().find(|(name, _)| name == definition);
        let (_, index) = found.unwrap_or_else(|| panic!("the schema does not define {definition}"));
        self.schemas
            .validate(value, *index)
            .map_err(|e| format!("not a {definition}: {e:#}"))
    }
}
