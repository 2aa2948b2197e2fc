//! Path expressions: where in a body a rule or a generator belongs.
//!
//! Only what stands for places in a body: `$`, names after a dot or in brackets and quotes, indexes, and `[*]` for each item of
//! a list. The rest of Pact's language for paths has no use here.

use serde_json::Value;

/// One step into a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Member(String),
    Item(usize),
    EachItem,
}

/// Reads an expression.
pub fn parse(expression: &str) -> Result<Vec<Step>, String> {
    let wrong =
        || format!("{expression:?} is not a path to a place in the body, such as $.params[0].name");
    let mut rest = expression.strip_prefix('$').ok_or_else(wrong)?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, after) = step(rest).ok_or_else(wrong)?;
        steps.push(step);
        rest = after;
    }
    Ok(steps)
}

fn step(text: &str) -> Option<(Step, &str)> {
    if let Some(name) = text.strip_prefix('.') {
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (name, rest) = name.split_at(end);
        let plain = !name.is_empty() && name.chars().all(is_plain);
        return plain.then(|| (Step::Member(name.to_owned()), rest));
    }
    if let Some(quoted) = text.strip_prefix("['") {
        let (name, rest) = quoted.split_once("']")?;
        return Some((Step::Member(name.to_owned()), rest));
    }
    let (index, rest) = text.strip_prefix('[')?.split_once(']')?;
    let step = match index {
        "*" => Step::EachItem,
        index => Step::Item(index.parse().ok()?),
    };
    Some((step, rest))
}

fn is_plain(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-' | ':' | '#' | '@')
}

/// The member of an object, as it follows the path to the object. Names that Pact's path expressions cannot hold as they are
/// stand in brackets.
pub fn member(name: &str) -> String {
    if !name.is_empty() && name.chars().all(is_plain) {
        format!(".{name}")
    } else {
        format!("['{name}']")
    }
}

/// Whether a path expression can hold the name at all.
pub fn can_hold(name: &str) -> bool {
    !name.is_empty() && !name.contains('\'')
}

/// Is called with a concrete path and the value there.
type Visit<'a> = &'a mut dyn FnMut(&[Step], &mut Value) -> Result<(), String>;

/// Calls `visit` with each place that the path stands for, its concrete path, and the value there.
pub fn each_place(value: &mut Value, steps: &[Step], visit: Visit<'_>) -> Result<(), String> {
    descend(value, steps, &mut Vec::new(), visit)
}

fn descend(
    value: &mut Value,
    steps: &[Step],
    walked: &mut Vec<Step>,
    visit: Visit<'_>,
) -> Result<(), String> {
    let Some((step, rest)) = steps.split_first() else {
        return visit(walked, value);
    };
    let mut enter = |step: Step, value: &mut Value| {
        walked.push(step);
        let result = descend(value, rest, walked, visit);
        walked.pop();
        result
    };
    match (step, value) {
        (Step::Member(name), Value::Object(members)) => match members.get_mut(name) {
            Some(value) => enter(step.clone(), value),
            None => Ok(()),
        },
        (Step::Item(index), Value::Array(items)) => match items.get_mut(*index) {
            Some(value) => enter(step.clone(), value),
            None => Ok(()),
        },
        (Step::EachItem, Value::Array(items)) => items
            .iter_mut()
            .enumerate()
            .try_for_each(|(index, value)| enter(Step::Item(index), value)),
        _ => Ok(()),
    }
}

/// The value at a concrete path. Where a list has fewer items, its first one stands for the others: it is their template.
pub fn example<'a>(value: &'a Value, steps: &[Step]) -> Option<&'a Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Member(name) => value.get(name),
        Step::Item(index) => value.get(index).or_else(|| value.get(0)),
        Step::EachItem => value.get(0),
    })
}

/// A path as an expression.
pub fn expression(steps: &[Step]) -> String {
    steps.iter().fold("$".to_owned(), |path, step| match step {
        Step::Member(name) => path + &member(name),
        Step::Item(index) => format!("{path}[{index}]"),
        Step::EachItem => path + "[*]",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn places(value: &Value, path: &str) -> Vec<(String, Value)> {
        let mut places = Vec::new();
        let mut value = value.clone();
        each_place(&mut value, &parse(path).unwrap(), &mut |steps, value| {
            places.push((expression(steps), value.clone()));
            Ok(())
        })
        .unwrap();
        places
    }

    #[test]
    fn expressions_are_read_and_written() {
        for path in ["$", "$.params[0].größe_1", "$['a b'][*]['x.y'].z"] {
            assert_eq!(expression(&parse(path).unwrap()), path);
        }
        assert_eq!(
            parse("$['a'][12]").unwrap(),
            [Step::Member("a".to_owned()), Step::Item(12)]
        );
        for wrong in [
            "", "a", "$a", "$.", "$.a b", "$[", "$[]", "$[x]", "$['a]", "$.*", "$.a[-1]",
        ] {
            let error = parse(wrong).unwrap_err();
            assert!(error.contains("is not a path to a place"), "{error}");
        }
    }

    #[test]
    fn names_that_need_brackets_get_them() {
        for (name, written) in [
            ("a", ".a"),
            ("a b", "['a b']"),
            ("", "['']"),
            ("x.y", "['x.y']"),
        ] {
            assert_eq!(member(name), written);
        }
        assert!(can_hold("a b") && !can_hold("it's") && !can_hold(""));
    }

    #[test]
    fn places_are_found() {
        let value = json!({"a": [{"b": 1}, {"b": 2}, {"c": 3}]});
        assert_eq!(
            places(&value, "$.a[*].b"),
            [
                ("$.a[0].b".to_owned(), json!(1)),
                ("$.a[1].b".to_owned(), json!(2))
            ]
        );
        assert_eq!(places(&value, "$.a[2].c").len(), 1);
        for path in ["$.a[3]", "$.x", "$.a.b", "$[0]", "$.a[0].b[*]"] {
            assert_eq!(places(&value, path), [], "{path}");
        }
    }

    #[test]
    fn the_first_item_is_the_template_of_those_that_follow() {
        let value = json!({"a": [{"b": 1}, {"b": 2}]});
        for (path, wanted) in [
            ("$.a[0].b", Some(1)),
            ("$.a[1].b", Some(2)),
            ("$.a[7].b", Some(1)),
            ("$.x", None),
        ] {
            let found = example(&value, &parse(path).unwrap());
            assert_eq!(found, wanted.map(|it| json!(it)).as_ref(), "{path}");
        }
    }
}
