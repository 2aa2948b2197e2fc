//! Between the plain types of [`crate::model`] and the generated bindings.

pub mod from_plugin;
pub mod to_plugin;
