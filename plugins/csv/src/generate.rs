//! Putting generated values into a table. What no generator is for stays as it is, to the byte.

use definitions::entries;

use crate::header;
use crate::services::{LogLevel, Services};
use crate::settings::{self, Settings};
use crate::table::{self, Fields, Malformed};
use definitions::types::{Body, FieldValue, GenerateContentRequest, GenerateFieldRequest};

const TARGET: &str = "csv::generate";

/// Applies the generators to every row.
pub fn generate(services: &dyn Services, request: GenerateContentRequest) -> Result<Body, String> {
    let Some(content) = &request.body.content else {
        return Ok(request.body);
    };
    if request.generators.is_empty() {
        return Ok(request.body);
    }
    let settings = Settings::for_generating(&request)?;
    let not_a_table = |error| format!("the body is not a table: {error}");
    let table = table::text(content).map_err(not_a_table)?;
    let malformed = |error: Malformed| not_a_table(error.describe(table));

    let mut fields = Fields::new(table, settings.delimiter);
    let names = header::read(&mut fields, settings).map_err(malformed)?;
    let names = names.unwrap_or_default();
    let mut columns = generated_columns(services, &request, &names);

    let mut generated = String::with_capacity(content.len());
    let mut copied = 0;
    let mut index = 0;
    while let Some(field) = fields.next_field().map_err(malformed)? {
        if let Some(Some(column)) = columns.get_mut(index) {
            generated.push_str(&table[copied..field.place.start]);
            copied = field.place.end;
            let value = column.value(services, field.text(table).into_owned())?;
            table::write_cell(&mut generated, &value, settings.delimiter, names.len() == 1);
        }
        index = if field.ends_row { 0 } else { index + 1 };
    }
    generated.push_str(&table[copied..]);

    let mut bytes = content[..content.len() - table.len()].to_vec();
    bytes.extend(generated.into_bytes());
    Ok(Body {
        content: Some(bytes),
        ..request.body
    })
}

/// For each column the call that makes a value, if it has a generator.
fn generated_columns(
    services: &dyn Services,
    request: &GenerateContentRequest,
    names: &header::Names<'_>,
) -> Vec<Option<Generated>> {
    let mut columns: Vec<Option<Generated>> = Vec::new();
    columns.resize_with(names.len(), || None);
    for (expression, generator) in &request.generators {
        if generator.type_ == settings::CARRIER {
            continue;
        }
        let Some(index) = header::find(names, expression) else {
            let message = format!("no column is at {expression:?}: its generator is not applied");
            services.log(LogLevel::Warn, TARGET, &message);
            continue;
        };
        columns[index] = Some(Generated {
            entry: entries::generator(&generator.type_),
            request: GenerateFieldRequest {
                key: generator.type_.clone(),
                generator: generator.clone(),
                path: expression.clone(),
                example: FieldValue::Null,
                plugin_configuration: request.plugin_configuration.clone(),
                test_context: request.test_context.clone(),
                test_mode: request.test_mode,
            },
        });
    }
    columns
}

/// A column whose cells are generated.
struct Generated {
    entry: String,
    request: GenerateFieldRequest,
}

impl Generated {
    fn value(&mut self, services: &dyn Services, example: String) -> Result<String, String> {
        self.request.example = FieldValue::Text(example);
        services
            .generate_field(&self.entry, &self.request)
            .and_then(cell)
            .map_err(|error| {
                let GenerateFieldRequest { key, path, .. } = &self.request;
                format!("the generator {key:?} at {path} cannot be applied: {error}")
            })
    }
}

/// A value as it stands in a cell.
fn cell(value: FieldValue) -> Result<String, String> {
    Ok(match value {
        FieldValue::Null => String::new(),
        FieldValue::Boolean(value) => value.to_string(),
        FieldValue::Text(text) => text,
        FieldValue::Integer(number) => number.to_string(),
        // With the decimal place of 2.0, without which it would be whole.
        FieldValue::Decimal(number) => format!("{number:?}"),
        FieldValue::Bytes(bytes) => {
            String::from_utf8(bytes).map_err(|_| "it made bytes that are not UTF-8".to_owned())?
        }
        FieldValue::Json(json) => json,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{TestServices, body};
    use definitions::types::{ContentFor, Generator, PluginConfiguration, TestMode};

    fn request(table: &str, generators: &[(&str, &str)]) -> GenerateContentRequest {
        let generators = generators.iter().map(|(path, type_)| {
            let generator = Generator {
                type_: (*type_).to_owned(),
                values: Some("{\"a\":1}".to_owned()),
            };
            ((*path).to_owned(), generator)
        });
        GenerateContentRequest {
            body: body(table),
            generators: generators.collect(),
            plugin_configuration: None,
            test_context: Some("{\"t\":1}".to_owned()),
            test_mode: TestMode::Provider,
            content_for: ContentFor::Request,
        }
    }

    fn configured(
        mut request: GenerateContentRequest,
        configuration: &str,
    ) -> GenerateContentRequest {
        request.plugin_configuration = Some(PluginConfiguration {
            interaction_configuration: Some(configuration.to_owned()),
            pact_configuration: None,
        });
        request
    }

    fn generated(request: GenerateContentRequest) -> String {
        let body = generate(&TestServices::default(), request).unwrap();
        String::from_utf8(body.content.unwrap()).unwrap()
    }

    #[test]
    fn every_row_gets_values_and_the_rest_stays_as_it_is() {
        let table = "\u{feff}id,name,\"score\"\r\n1,\"joe\",5\r\n\r\n2,\"a\nb\",6";
        let generators = [("column:id", "Twice"), ("column:3", "RandomInt")];
        assert_eq!(
            generated(request(table, &generators)),
            "\u{feff}id,name,\"score\"\r\n11,\"joe\",42\r\n\r\n22,\"a\nb\",42"
        );
    }

    #[test]
    fn generators_get_the_cell_and_everything_they_need() {
        let services = TestServices::default();
        let request = configured(
            request("a;b\n\"x\"\"y\"\n", &[("column:1", "Twice")]),
            r#"{"csvHeaders":false,"delimiter":";"}"#,
        );
        let body = generate(&services, request.clone()).unwrap();
        assert_eq!(body.content.unwrap(), b"aa;b\n\"x\"\"yx\"\"y\"\n");
        let calls = services.generated.borrow();
        let (entry, call) = &calls[1];
        assert_eq!(entry, "generator/Twice");
        assert_eq!(
            (&*call.key, &*call.path, &call.example),
            ("Twice", "column:1", &FieldValue::Text("x\"y".to_owned()))
        );
        assert_eq!(call.generator, request.generators[0].1);
        assert_eq!(call.plugin_configuration, request.plugin_configuration);
        assert_eq!(call.test_context, request.test_context);
        assert_eq!(call.test_mode, TestMode::Provider);
    }

    #[test]
    fn generators_bring_the_settings_along() {
        let response = crate::testing::configure(
            r#"{"csvHeaders": false, "delimiter": ";", "column:1": "fromProviderState('${x}','a,b')", "column:2": "c"}"#,
        )
        .unwrap();
        let mut request = request("a,b;c\n", &[]);
        request.generators = response.generators;
        let services = TestServices::default();
        let body = generate(&services, request.clone()).unwrap();
        assert_eq!(body.content.unwrap(), b"\"[1,\"\"a\"\"]\";c\n");
        assert!(services.logs.borrow().is_empty());
        // They are closer to the table than a configuration, of which drivers keep one for several tables.
        let body = generate(&services, configured(request, "{}")).unwrap();
        assert_eq!(body.content.unwrap(), b"\"[1,\"\"a\"\"]\";c\n");
    }

    #[test]
    fn values_of_all_kinds_are_written_so_that_they_can_be_read() {
        let value = |type_| generated(request("a,b\nx,y\n", &[("column:a", type_)]));
        assert_eq!(value("RandomInt"), "a,b\n42,y\n");
        assert_eq!(value("RandomDecimal"), "a,b\n2.0,y\n");
        assert_eq!(value("RandomBoolean"), "a,b\ntrue,y\n");
        assert_eq!(value("RandomString"), "a,b\n\"two\nlines\",y\n");
        assert_eq!(value("ProviderState"), "a,b\n\"[1,\"\"a\"\"]\",y\n");
        assert_eq!(value("Nothing"), "a,b\n,y\n");
        assert_eq!(value("Bytes"), "a,b\nx,y\n");
        // Without quotes the row would be an empty line.
        assert_eq!(
            generated(request("a\nx\n", &[("column:a", "Nothing")])),
            "a\n\"\"\n"
        );
    }

    #[test]
    fn without_anything_to_generate_nothing_happens() {
        let body = |request| generate(&TestServices::default(), request).unwrap();
        // Not even a look at the body.
        let mut untouched = request("\"", &[]);
        assert_eq!(body(untouched.clone()), untouched.body);
        untouched.generators = request("", &[("column:a", "Uuid")]).generators;
        untouched.body.content = None;
        assert_eq!(body(untouched.clone()), untouched.body);
        untouched.body.content = Some(Vec::new());
        assert_eq!(body(untouched.clone()), untouched.body);
    }

    #[test]
    fn generators_without_a_column_are_logged() {
        let services = TestServices::default();
        let request = request("a\n1\n", &[("column:b", "RandomInt")]);
        let body = generate(&services, request.clone()).unwrap();
        assert_eq!(body, request.body);
        assert_eq!(
            *services.logs.borrow(),
            ["no column is at \"column:b\": its generator is not applied"]
        );
    }

    #[test]
    fn errors_name_the_generator_or_the_line() {
        let error = |table, type_| {
            let request = request(table, &[("column:a", type_)]);
            generate(&TestServices::default(), request).unwrap_err()
        };
        assert_eq!(
            error("a\n1\n", "Telepathy"),
            "the generator \"Telepathy\" at column:a cannot be applied: there is no generator/Telepathy"
        );
        assert_eq!(
            error("a\n1\n", "Binary"),
            "the generator \"Binary\" at column:a cannot be applied: it made bytes that are not UTF-8"
        );
        assert_eq!(
            error("a\n1\n\"x", "Twice"),
            "the body is not a table: line 3: the quote that begins a field here is never closed"
        );
        let mut request = request("a\n1\n", &[("$", settings::CARRIER)]);
        request.generators[0].1.values = Some(r#"{"delimiter":1}"#.to_owned());
        let error = generate(&TestServices::default(), request).unwrap_err();
        assert!(
            error.starts_with("generator CSV key \"delimiter\" is 1; expected one ASCII"),
            "{error}"
        );
    }
}
