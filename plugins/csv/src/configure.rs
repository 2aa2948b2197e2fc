//! Setting up an interaction: a table out of the contents config, and what the pact file needs to compare such tables
//! later.

use crate::config::Config;
use crate::header;
use crate::markup;
use crate::services::{LogLevel, Services};
use crate::table::write_row;
use definitions::types::{
    Body, ConfigureInteractionRequest, ConfigureInteractionResponse, ContentTypeHint,
    InteractionResponse, MarkupType,
};

const TARGET: &str = "csv::configure";

/// Builds a table of one row, with a header line if there are to be headers, and says how to compare it.
pub fn configure(
    services: &dyn Services,
    request: &ConfigureInteractionRequest,
) -> Result<ConfigureInteractionResponse, String> {
    let Config { settings, columns } = Config::parse(services, &request.contents_config)?;
    let names = || columns.iter().map(|(name, _)| name.as_str());
    let values = || columns.iter().map(|(_, column)| column.text.as_str());

    let mut table = String::new();
    if settings.headers {
        write_row(&mut table, names(), settings.delimiter);
    }
    write_row(&mut table, values(), settings.delimiter);
    let markup = markup::render(names(), values());

    services.log(
        LogLevel::Debug,
        TARGET,
        &format!("a table of {} columns", columns.len()),
    );
    let mut rules = Vec::new();
    let mut generators = Vec::new();
    for (name, column) in columns {
        let expression = header::expression(&name);
        if let Some(generator) = column.generator {
            generators.push((expression.clone(), generator));
        }
        if !column.rules.is_empty() {
            rules.push((expression, column.rules));
        }
    }
    if !generators.is_empty() {
        generators.extend(settings.carrier());
    }
    let body = Body {
        content_type: request.content_type.clone(),
        content: Some(table.into_bytes()),
        // `application/csv` does not say that it is text.
        hint: ContentTypeHint::Text,
    };
    Ok(ConfigureInteractionResponse {
        interactions: vec![InteractionResponse {
            contents: Some(body),
            rules,
            generators,
            message_metadata: None,
            plugin_configuration: Some(settings.store()),
            interaction_markup: markup,
            interaction_markup_type: MarkupType::CommonMark,
            part_name: String::new(),
            metadata_rules: Vec::new(),
            metadata_generators: Vec::new(),
        }],
        plugin_configuration: None,
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{configure, rule};
    use definitions::types::{ContentTypeHint, InteractionResponse};
    use serde_json::json;

    fn table(response: &InteractionResponse) -> &str {
        let content = response.contents.as_ref().unwrap().content.as_ref();
        std::str::from_utf8(content.unwrap()).unwrap()
    }

    fn stored(response: &InteractionResponse) -> &str {
        let configuration = response.plugin_configuration.as_ref().unwrap();
        assert_eq!(configuration.pact_configuration, None);
        configuration.interaction_configuration.as_ref().unwrap()
    }

    #[test]
    fn a_table_of_one_row_is_built() {
        let response = configure(
            r#"{"column:Name": "matching(type,'Fred')", "column:Number": "100",
                "column:Date": "matching(datetime, 'yyyy-MM-dd','2000-01-01')"}"#,
        )
        .unwrap();
        assert_eq!(table(&response), "Name,Number,Date\nFred,100,2000-01-01\n");
        let body = response.contents.as_ref().unwrap();
        assert_eq!(
            (&*body.content_type, body.hint),
            ("text/csv", ContentTypeHint::Text)
        );
        let format = json!({"format": "yyyy-MM-dd"});
        assert_eq!(
            response.rules,
            [
                ("column:Name".to_owned(), vec![rule("type", json!(null))]),
                ("column:Date".to_owned(), vec![rule("datetime", format)]),
            ]
        );
        let [(path, generator)] = &response.generators[..] else {
            panic!("{:?}", response.generators);
        };
        assert_eq!((&**path, &*generator.type_), ("column:Date", "DateTime"));
        assert_eq!(stored(&response), r#"{"csvHeaders":true,"delimiter":","}"#);
        assert_eq!(
            response.interaction_markup,
            "# Data\n\n|Name|Number|Date|\n|---|---|---|\n|Fred|100|2000-01-01|\n"
        );
    }

    #[test]
    fn without_headers_there_is_only_the_row() {
        let response = configure(
            r#"{"csvHeaders": false, "delimiter": ";", "column:2": "a;b", "column:1": "fromProviderState('${x}','v')"}"#,
        )
        .unwrap();
        assert_eq!(table(&response), "v;\"a;b\"\n");
        assert_eq!(response.rules, []);
        let [column, (path, carrier)] = &response.generators[..] else {
            panic!("{:?}", response.generators);
        };
        assert_eq!(column.0, "column:1");
        assert_eq!((&**path, &*carrier.type_), ("$", "CSV"));
        assert_eq!(carrier.values.as_deref(), Some(stored(&response)));
        assert_eq!(stored(&response), r#"{"csvHeaders":false,"delimiter":";"}"#);
        assert!(response.interaction_markup.contains("|1|2|\n"));
    }

    #[test]
    fn settings_are_not_carried_where_nothing_is_generated() {
        let response = configure(r#"{"csvHeaders": false, "column:1": "a"}"#).unwrap();
        assert_eq!(response.generators, []);
    }

    #[test]
    fn errors_come_through() {
        let error = configure("{}").unwrap_err();
        assert!(error.contains("has no columns"), "{error}");
    }
}
