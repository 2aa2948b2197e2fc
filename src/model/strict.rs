//! JSON as strict as its schema. For a record, serde's own code also takes an array of the fields, and for an enumeration
//! an object such as `{"text":null}`. Nobody means either, and once it works somebody depends on it.

use std::borrow::Cow;

use serde::de::value::CowStrDeserializer;
use serde::de::{Deserialize, Deserializer, Visitor};
use serde::forward_to_deserialize_any;

/// Reads records from objects and enumerations from texts only.
pub struct Strict<D>(pub D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<D> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _cases: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let case = Cow::<str>::deserialize(self.0)?;
        visitor.visit_enum(CowStrDeserializer::new(case))
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

/// Reads types through [`Strict`] whose serde code is made with `#[serde(remote = "Self")]`, which leaves the traits to us.
macro_rules! strict {
    ($($type:ident $(<$lifetime:lifetime>)?),* $(,)?) => {$(
        impl<'de $(: $lifetime, $lifetime)?> serde::Deserialize<'de> for $type $(<$lifetime>)? {
            fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                Self::deserialize($crate::model::strict::Strict(deserializer))
            }
        }

        impl $(<$lifetime>)? serde::Serialize for $type $(<$lifetime>)? {
            fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
            where
                S: serde::Serializer,
            {
                Self::serialize(self, serializer)
            }
        }
    )*};
}
pub(crate) use strict;

#[cfg(test)]
mod tests {
    use crate::model::{Body, ContentTypeHint, Rules};

    #[test]
    fn records_are_objects_and_cases_are_texts() {
        let body: Body = serde_json::from_str(r#"{"contentType":"a/b","hint":"text"}"#).unwrap();
        assert_eq!(body.hint, ContentTypeHint::Text);
        let refused = |text: &str| serde_json::from_str::<Body>(text).unwrap_err().to_string();
        let error = refused(r#"["a/b",null,"text"]"#);
        assert!(error.starts_with("invalid type: sequence"), "{error}");
        let error = refused(r#"{"contentType":"a/b","hint":{"text":null}}"#);
        assert!(error.contains("expected a string"), "{error}");
        let error = refused(r#"{"contentType":"a/b","hint":"loud"}"#);
        assert!(error.contains("unknown variant `loud`"), "{error}");
        assert!(serde_json::from_str::<Rules>(r#"{"$":[["type"]]}"#).is_err());
    }
}
