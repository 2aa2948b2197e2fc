//! Which catalogue entry a rule or a generator stands for.

/// Pact's own rules, under their names in the catalogue.
const CORE_RULES: [&str; 23] = [
    "equality",
    "regex",
    "type",
    "min-type",
    "max-type",
    "min-max-type",
    "include",
    "number",
    "integer",
    "decimal",
    "null",
    "date",
    "time",
    "datetime",
    "content-type",
    "values",
    "array-contains",
    "boolean",
    "status-code",
    "not-empty",
    "semver",
    "each-key",
    "each-value",
];

/// Pact's own generators.
const CORE_GENERATORS: [&str; 13] = [
    "RandomInt",
    "RandomDecimal",
    "RandomHexadecimal",
    "RandomString",
    "RandomBoolean",
    "Regex",
    "Uuid",
    "Date",
    "Time",
    "DateTime",
    "ProviderState",
    "MockServerURL",
    "ArrayContains",
];

/// The entry of a rule. A type that is not one of Pact's is the name of a rule of some loaded plugin; that there is exactly
/// one is for the host to see.
pub fn matcher(rule_type: &str) -> String {
    // Pact files spell in camel case (`notEmpty`) what the catalogue spells with hyphens.
    let key = with_hyphens(rule_type);
    if CORE_RULES.contains(&&*key) {
        format!("core/matcher/{key}")
    } else {
        format!("matcher/{rule_type}")
    }
}

/// The entry of a generator.
pub fn generator(generator_type: &str) -> String {
    if CORE_GENERATORS.contains(&generator_type) {
        format!("core/generator/{generator_type}")
    } else {
        format!("generator/{generator_type}")
    }
}

/// A name as the catalogue spells it, for instance `not-empty` for `notEmpty`.
pub fn with_hyphens(name: &str) -> String {
    let mut key = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            key.push('-');
        }
        key.push(letter.to_ascii_lowercase());
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_have_the_names_of_the_catalogue() {
        for (name, key) in [
            ("type", "type"),
            ("notEmpty", "not-empty"),
            ("not-empty", "not-empty"),
            ("contentType", "content-type"),
            ("statusCode", "status-code"),
            ("arrayContains", "array-contains"),
            ("eachKey", "each-key"),
            ("eachValue", "each-value"),
            ("minType", "min-type"),
            ("min-max-type", "min-max-type"),
        ] {
            assert_eq!(with_hyphens(name), key);
        }
    }

    #[test]
    fn rules_of_pact_and_of_plugins_are_told_apart() {
        for (rule, entry) in [
            ("type", "core/matcher/type"),
            ("notEmpty", "core/matcher/not-empty"),
            ("not-empty", "core/matcher/not-empty"),
            ("contentType", "core/matcher/content-type"),
            ("minMaxType", "core/matcher/min-max-type"),
            ("creditcard", "matcher/creditcard"),
            ("creditCard", "matcher/creditCard"),
        ] {
            assert_eq!(matcher(rule), entry);
        }
        assert_eq!(generator("Uuid"), "core/generator/Uuid");
        assert_eq!(generator("CreditCard"), "generator/CreditCard");
    }
}
